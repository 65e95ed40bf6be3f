package io.mooring.error;

/** Refusals of the key space: ranges, puts, deletes, transactions, compaction. */
public enum KvError implements EtcdError {
  KEY_NOT_PROVIDED(Code.INVALID_ARGUMENT, "etcdserver: key is not provided"),
  KEY_NOT_FOUND(Code.INVALID_ARGUMENT, "etcdserver: key not found"),
  VALUE_PROVIDED(Code.INVALID_ARGUMENT, "etcdserver: value is provided"),
  LEASE_PROVIDED(Code.INVALID_ARGUMENT, "etcdserver: lease is provided"),
  TOO_MANY_OPS(Code.INVALID_ARGUMENT, "etcdserver: too many operations in txn request"),
  DUPLICATE_KEY(Code.INVALID_ARGUMENT, "etcdserver: duplicate key given in txn request"),
  INVALID_SORT_OPTION(Code.INVALID_ARGUMENT, "etcdserver: invalid sort option"),
  COMPACTED(Code.OUT_OF_RANGE, "etcdserver: mvcc: required revision has been compacted"),
  FUTURE_REVISION(Code.OUT_OF_RANGE, "etcdserver: mvcc: required revision is a future revision"),
  NO_SPACE(Code.RESOURCE_EXHAUSTED, "etcdserver: mvcc: database space exceeded"),
  STREAM_SORT_UNSUPPORTED(Code.UNIMPLEMENTED, "RangeStream does not support custom sort orders"),
  STREAM_FILTER_UNSUPPORTED(Code.UNIMPLEMENTED, "RangeStream does not support revision filters");

  private final Code code;
  private final String text;

  KvError(Code code, String text) {
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
