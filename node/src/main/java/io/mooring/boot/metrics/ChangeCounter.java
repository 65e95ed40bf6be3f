package io.mooring.boot.metrics;

import io.mooring.apply.ChangeEvent;
import io.mooring.apply.EventBatch;
import io.mooring.apply.EventSink;
import io.mooring.apply.RevisionEvents;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Counts the puts and deletes that this member applies. Fed by the apply thread, read by any. */
final class ChangeCounter implements EventSink {

  private final LongAdder puts = new LongAdder();
  private final LongAdder deletes = new LongAdder();
  private final LongAdder putBytes = new LongAdder();

  @Override
  public boolean offer(EventBatch batch) {
    long deleted = 0;
    long all = 0;
    long bytes = 0;
    List<RevisionEvents> revisions = batch.revisions();
    for (int i = 0; i < revisions.size(); i++) {
      List<ChangeEvent> events = revisions.get(i).events();
      all += events.size();
      for (int j = 0; j < events.size(); j++) {
        ChangeEvent event = events.get(j);
        deleted += event.delete() ? 1 : 0;
        bytes += event.kv().length;
      }
    }
    puts.add(all - deleted);
    deletes.add(deleted);
    putBytes.add(bytes);
    return true;
  }

  @Override
  public boolean wantsPrevKv() {
    return false;
  }

  long puts() {
    return puts.sum();
  }

  long deletes() {
    return deletes.sum();
  }

  /** Encoded key-values put. */
  long putBytes() {
    return putBytes.sum();
  }
}
