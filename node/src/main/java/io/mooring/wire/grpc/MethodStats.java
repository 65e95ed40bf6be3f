package io.mooring.wire.grpc;

import io.mooring.base.Histogram;
import io.vertx.grpc.common.GrpcStatus;
import java.util.concurrent.atomic.LongAdder;

/** Counters of one RPC, shared by all client loops. Any thread. */
public final class MethodStats {

  /** The bounds of grpc-go's own histogram: 5 ms to 10 s. */
  private static final long[] HANDLING_BOUNDS_NS = {
    5_000_000L,
    10_000_000L,
    25_000_000L,
    50_000_000L,
    100_000_000L,
    250_000_000L,
    500_000_000L,
    1_000_000_000L,
    2_500_000_000L,
    5_000_000_000L,
    10_000_000_000L
  };

  private static final GrpcStatus[] CODES = GrpcStatus.values();

  private final LongAdder started = new LongAdder();
  private final LongAdder received = new LongAdder();
  private final LongAdder sent = new LongAdder();
  private final LongAdder receiveFailures = new LongAdder();
  private final Histogram handlingNs = Histogram.of(HANDLING_BOUNDS_NS);
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

  void callTook(long tookNs) {
    handlingNs.record(tookNs);
  }

  void receiveFailed() {
    receiveFailures.increment();
  }

  /** Calls begun. */
  public long started() {
    return started.sum();
  }

  /** Messages that could not be read, each of which ended its call. */
  public long receiveFailures() {
    return receiveFailures.sum();
  }

  /** Nanoseconds from a call's headers to its end; empty unless calls are timed. */
  public Histogram handlingNs() {
    return handlingNs;
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
