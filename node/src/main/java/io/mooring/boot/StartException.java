package io.mooring.boot;

/** A member that cannot start. The message is the one line that the user sees; exit code 1. */
public final class StartException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Creates one; the message names the file, directory or address concerned. */
  public StartException(String message) {
    super(message, null, false, false);
  }
}
