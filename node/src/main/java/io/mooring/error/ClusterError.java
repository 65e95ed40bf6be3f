package io.mooring.error;

/** Refusals that concern members, leadership and cluster versions. */
public enum ClusterError implements EtcdError {
  MEMBER_NOT_FOUND(Code.NOT_FOUND, "etcdserver: member not found"),
  BAD_MEMBER_URLS(Code.INVALID_ARGUMENT, "etcdserver: given member URLs are invalid"),
  MEMBER_EXISTS(Code.FAILED_PRECONDITION, "etcdserver: member ID already exist"),
  PEER_URL_EXISTS(Code.FAILED_PRECONDITION, "etcdserver: Peer URLs already exists"),
  NOT_LEARNER(Code.FAILED_PRECONDITION, "etcdserver: can only promote a learner member"),
  LEARNER_NOT_READY(
      Code.FAILED_PRECONDITION,
      "etcdserver: can only promote a learner member which is in sync with leader"),
  TOO_MANY_LEARNERS(Code.FAILED_PRECONDITION, "etcdserver: too many learner members in cluster"),
  CLUSTER_ID_MISMATCH(Code.FAILED_PRECONDITION, "etcdserver: cluster ID mismatch"),
  NOT_LEADER(Code.FAILED_PRECONDITION, "etcdserver: not leader"),
  BAD_TRANSFEREE(Code.FAILED_PRECONDITION, "etcdserver: bad leader transferee"),
  VERSION_NOT_FOUND(
      Code.FAILED_PRECONDITION, "etcdserver: cluster version not found during downgrade"),
  DOWNGRADE_IN_PROGRESS(
      Code.FAILED_PRECONDITION, "etcdserver: cluster has a downgrade job in progress"),
  NO_DOWNGRADE(Code.FAILED_PRECONDITION, "etcdserver: no inflight downgrade job"),
  BAD_DOWNGRADE_FORMAT(Code.INVALID_ARGUMENT, "etcdserver: wrong downgrade target version format"),
  BAD_DOWNGRADE_TARGET(Code.INVALID_ARGUMENT, "etcdserver: invalid downgrade target version"),
  UNHEALTHY(Code.UNAVAILABLE, "etcdserver: unhealthy cluster"),
  NOT_ENOUGH_STARTED(
      Code.UNKNOWN, "etcdserver: re-configuration failed due to not enough started members"),
  TRANSFER_TIMEOUT(Code.UNKNOWN, "etcdserver: request timed out, leader transfer took too long");

  private final Code code;
  private final String text;

  ClusterError(Code code, String text) {
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
