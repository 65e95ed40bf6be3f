package io.mooring.machine.auth;

import io.mooring.api.internalpb.Command;

/**
 * Who asks, as authenticated by the member that took the request.
 *
 * @param user name; empty for nobody
 * @param authRevision revision of the auth tables that authentication used, unsigned
 */
public record Caller(String user, long authRevision) {

  /** Nobody: no token was given, or authentication is off. */
  public static final Caller ANONYMOUS = new Caller("", 0);

  /** Who proposed a command. */
  public static Caller of(Command command) {
    return command.getUser().isEmpty() && command.getAuthRevision() == 0
        ? ANONYMOUS
        : new Caller(command.getUser(), command.getAuthRevision());
  }
}
