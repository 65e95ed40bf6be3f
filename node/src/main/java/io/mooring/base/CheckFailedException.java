package io.mooring.base;

/** A broken invariant. Nobody catches it and goes on. */
public final class CheckFailedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Creates one; the message states the fact that did not hold. */
  public CheckFailedException(String message) {
    super(message);
  }
}
