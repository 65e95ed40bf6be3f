package io.mooring.error;

/** Refusals and faults of the server itself: limits, timeouts, leadership, state of the member. */
public enum ServerError implements EtcdError {
  INVALID_CLIENT_VERSION(Code.INVALID_ARGUMENT, "etcdserver: invalid client api version"),
  REQUEST_TOO_LARGE(Code.INVALID_ARGUMENT, "etcdserver: request is too large"),
  NOT_CAPABLE(Code.FAILED_PRECONDITION, "etcdserver: not capable"),
  LEARNER_UNSUPPORTED(Code.FAILED_PRECONDITION, "etcdserver: rpc not supported for learner"),
  NO_LEADER(Code.UNAVAILABLE, "etcdserver: no leader"),
  LEADER_CHANGED(Code.UNAVAILABLE, "etcdserver: leader changed"),
  STOPPED(Code.UNAVAILABLE, "etcdserver: server stopped"),
  TIMEOUT(Code.UNAVAILABLE, "etcdserver: request timed out"),
  TIMEOUT_LEADER_FAIL(
      Code.UNAVAILABLE, "etcdserver: request timed out, possibly due to previous leader failure"),
  TIMEOUT_CONNECTION_LOST(
      Code.UNAVAILABLE, "etcdserver: request timed out, possibly due to connection lost"),
  TIMEOUT_WAIT_APPLIED(
      Code.UNAVAILABLE,
      "etcdserver: request timed out, waiting for the applied index took too long"),
  CORRUPT(Code.DATA_LOSS, "etcdserver: corrupt cluster"),
  WATCH_CANCELED(Code.CANCELLED, "etcdserver: watch canceled"),
  REQUEST_CANCELED(Code.CANCELLED, "etcdserver: request canceled"),
  DEADLINE_EXCEEDED(Code.DEADLINE_EXCEEDED, "context deadline exceeded"),
  TOO_MANY_REQUESTS(Code.UNKNOWN, "etcdserver: too many requests"),
  UNKNOWN_METHOD(Code.UNKNOWN, "etcdserver: unknown method"),
  PROPOSAL_DROPPED(Code.UNKNOWN, "raft proposal dropped");

  private final Code code;
  private final String text;

  ServerError(Code code, String text) {
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
