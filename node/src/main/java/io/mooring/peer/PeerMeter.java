package io.mooring.peer;

import io.mooring.base.Histogram;
import java.util.concurrent.atomic.LongAdder;

/** What is counted of the links from and to one other member. Any thread. */
public final class PeerMeter {

  private static final long FIRST_BOUND_NS = 100_000;
  private static final int BOUNDS = 16;

  final LongAdder sentBytes = new LongAdder();
  final LongAdder sentFailures = new LongAdder();
  final LongAdder receivedBytes = new LongAdder();
  final LongAdder receivedFailures = new LongAdder();
  final LongAdder disconnects = new LongAdder();
  private final Histogram roundTripsNs = Histogram.doubling(FIRST_BOUND_NS, BOUNDS);
  private final TransferMeter statesSent = new TransferMeter();
  private final TransferMeter statesReceived = new TransferMeter();
  volatile boolean active;

  PeerMeter() {}

  /** Bytes of messages given to the stream. */
  public long sentBytes() {
    return sentBytes.sum();
  }

  /** Messages dropped because the stream was down or full. */
  public long sentFailures() {
    return sentFailures.sum();
  }

  /** About the bytes of messages that arrived. */
  public long receivedBytes() {
    return receivedBytes.sum();
  }

  /** Messages that arrived and were dropped: malformed, for somebody else, or without room. */
  public long receivedFailures() {
    return receivedFailures.sum();
  }

  /** How often a link that was open was lost. */
  public long disconnects() {
    return disconnects.sum();
  }

  /** Round trips of the link's signs of life. */
  public Histogram roundTripsNs() {
    return roundTripsNs;
  }

  /** States sent to it. */
  public TransferMeter statesSent() {
    return statesSent;
  }

  /** States received from it. */
  public TransferMeter statesReceived() {
    return statesReceived;
  }

  /** Whether the link is open. */
  public boolean isActive() {
    return active;
  }
}
