package io.mooring.error;

/** Refusals that concern leases. */
public enum LeaseError implements EtcdError {
  NOT_FOUND(Code.NOT_FOUND, "etcdserver: requested lease not found"),
  EXISTS(Code.FAILED_PRECONDITION, "etcdserver: lease already exists"),
  TTL_TOO_LARGE(Code.OUT_OF_RANGE, "etcdserver: too large lease TTL"),
  NOT_PRIMARY(Code.UNKNOWN, "not a primary lessor");

  private final Code code;
  private final String text;

  LeaseError(Code code, String text) {
    this.code = code;
    this.text = text;
  }

  @Override
  public String text() {
    return text;
  }

  @Override
  public Code code() {
    return code;
  }
}
