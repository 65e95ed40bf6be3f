package io.mooring.wire.grpc;

import io.vertx.grpc.common.GrpcStatus;
import java.util.concurrent.atomic.LongAdder;

/** Counters of one RPC, shared by all client loops. Any thread. */
public final class MethodStats {

  private static final GrpcStatus[] CODES = GrpcStatus.values();

  private final LongAdder started = new LongAdder();
  private final LongAdder received = new LongAdder();
  private final LongAdder sent = new LongAdder();
  private final LongAdder[] handled = new LongAdder[CODES.length];

  MethodStats() {
    for (int i = 0; i < handled.length; i++) {
      handled[i] = new LongAdder();
    }
  }

  void callStarted() {
    started.increment();
  }

  void messageReceived() {
    received.increment();
  }

  void messageSent() {
    sent.increment();
  }

  void callHandled(GrpcStatus status) {
    handled[status.code].increment();
  }

  /** Calls begun. */
  public long started() {
    return started.sum();
  }

  /** Messages received. */
  public long received() {
    return received.sum();
  }

  /** Messages sent. */
  public long sent() {
    return sent.sum();
  }

  /** Calls that ended with a status. */
  public long handled(GrpcStatus status) {
    return handled[status.code].sum();
  }
}
