package io.mooring.machine.auth;

/**
 * Users, roles and permissions at one applied index. Immutable; any thread. Authentication cannot
 * be switched on yet, so there is only one such state.
 *
 * @param enabled whether callers must be somebody
 * @param revision rises with every change of users, roles or permissions; 1 at first
 */
public record AuthTable(boolean enabled, long revision) {

  /** Authentication off, nothing ever changed. */
  public static final AuthTable OFF = new AuthTable(false, 1);
}
