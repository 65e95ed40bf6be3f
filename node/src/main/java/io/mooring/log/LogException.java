package io.mooring.log;

import java.io.IOException;
import java.io.Serial;

/**
 * The log cannot go on: its files are not what they must be, or the disk failed. Nobody catches it
 * and goes on; at start its text is what the operator reads.
 */
public final class LogException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  private LogException(String message, IOException cause) {
    super(message, cause);
  }

  /** Refuses the log for a reason that has no place in a file. */
  public LogException(String message) {
    super(message);
  }

  /** The disk failed. */
  static LogException io(String file, String doing, IOException cause) {
    return new LogException("log " + file + ": " + doing + " failed: " + cause.getMessage(), cause);
  }

  /** A file is not as it was written. */
  static LogException corrupt(String file, long offset, long index, String what) {
    return new LogException(
        "log " + file + " is damaged at offset " + offset + " (index " + index + "): " + what);
  }
}
