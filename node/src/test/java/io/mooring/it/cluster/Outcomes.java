package io.mooring.it.cluster;

import io.grpc.Status;
import io.mooring.check.Operation.Outcome;

/** What a gRPC status says about whether the call took effect. */
final class Outcomes {

  private Outcomes() {}

  /**
   * By the promise of honest outcomes: these codes mean that nobody knows, but for the one text
   * that the server gives before it has done anything; all others mean "not applied".
   */
  static Outcome of(Status status) {
    return switch (status.getCode()) {
      case OK -> Outcome.DONE;
      case UNKNOWN ->
          "etcdserver: too many requests".equals(status.getDescription())
              ? Outcome.FAILED
              : Outcome.UNKNOWN;
      case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, INTERNAL, ABORTED, DATA_LOSS ->
          Outcome.UNKNOWN;
      default -> Outcome.FAILED;
    };
  }
}
