package io.mooring.error;

/** Carries a refusal through futures. It has no stack: a refusal is an answer, not a defect. */
public final class EtcdException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient EtcdError error;

  /** Wraps a refusal. */
  public EtcdException(EtcdError error) {
    super(error.text(), null, false, false);
    this.error = error;
  }

  /** The refusal. */
  public EtcdError error() {
    return error;
  }
}
