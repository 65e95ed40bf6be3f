package io.mooring.raft;

import io.mooring.raft.core.Configuration;
import io.mooring.raft.core.Role;
import java.util.concurrent.atomic.LongAdder;

/**
 * What a driver counts, with the meaning that etcd gives it (server/etcdserver/read/read.go, {@code
 * requestCurrentIndex}; raft.go, {@code processMessages}). Counted on the raft loop; read by any
 * thread.
 */
public final class RaftMeter {

  private final LongAdder slowReads = new LongAdder();
  private final LongAdder failedReads = new LongAdder();
  private final LongAdder lateHeartbeats = new LongAdder();
  private boolean led;
  private long lastTickNs;

  RaftMeter() {}

  /** ReadIndex rounds that nobody confirmed in time, or only after they were asked for anew. */
  public long slowReads() {
    return slowReads.sum();
  }

  /** ReadIndex rounds lost with the leader that was asked. */
  public long failedReads() {
    return failedReads.sum();
  }

  /** Heartbeats that this member, leading, sent later than two intervals after the one before. */
  public long lateHeartbeats() {
    return lateHeartbeats.sum();
  }

  void slowRead() {
    slowReads.increment();
  }

  void failedRead() {
    failedReads.increment();
  }

  /**
   * A tick, with which a leader sends a heartbeat to each of the others.
   *
   * @param tickNs a heartbeat's interval
   */
  void ticked(Role.Kind role, Configuration members, long nowNs, long tickNs) {
    boolean leads = role == Role.Kind.LEADER;
    if (leads && led && nowNs - lastTickNs > 2 * tickNs) {
      lateHeartbeats.add(members.members().size() - 1);
    }
    led = leads;
    lastTickNs = nowNs;
  }
}
