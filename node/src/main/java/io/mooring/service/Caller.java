package io.mooring.service;

/**
 * Who asks.
 *
 * @param user authenticated user name, empty for nobody
 * @param authRevision revision of the auth tables that authentication used
 */
public record Caller(String user, long authRevision) {

  /** Nobody in particular: what every caller is while auth is off. */
  public static final Caller ANONYMOUS = new Caller("", 0);
}
