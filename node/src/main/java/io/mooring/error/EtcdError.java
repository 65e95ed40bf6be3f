package io.mooring.error;

/**
 * A refusal that a client can see. Families are enums that carry etcd's exact text; clients compare
 * the whole text, so no character of it may change.
 */
public sealed interface EtcdError
    permits KvError, LeaseError, AuthError, ClusterError, ServerError, TransportError {

  /** The exact text on the wire. */
  String text();

  /** The gRPC status that goes with it. */
  Code code();

  /** An exception that carries this refusal through a future; without a stack. */
  default EtcdException exception() {
    return new EtcdException(this);
  }
}
