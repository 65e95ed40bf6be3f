package io.mooring.boot.metrics;

import io.mooring.apply.LeaseDelta;
import io.mooring.apply.LeaseSink;
import io.mooring.base.Histogram;
import io.mooring.machine.View;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Counts what becomes of leases on this member. Fed by the apply thread, read by any. */
final class LeaseCounter implements LeaseSink {

  private final LongAdder granted = new LongAdder();
  private final LongAdder revoked = new LongAdder();
  private final Histogram ttlSeconds = Histogram.doubling(1, 24);

  @Override
  public void offer(LeaseDelta delta, View view) {
    List<LeaseDelta.Change> changes = delta.changes();
    for (int i = 0; i < changes.size(); i++) {
      LeaseDelta.Change change = changes.get(i);
      switch (change.kind()) {
        case GRANTED -> {
          granted.increment();
          ttlSeconds.record(change.ttlSeconds());
        }
        case REVOKED -> revoked.increment();
        case CHECKPOINTED -> {}
      }
    }
  }

  long granted() {
    return granted.sum();
  }

  long revoked() {
    return revoked.sum();
  }

  Histogram ttlSeconds() {
    return ttlSeconds;
  }
}
