package io.mooring.service;

import io.mooring.apply.ChangeEvent;
import io.mooring.apply.EventBatch;
import io.mooring.apply.EventSink;
import io.mooring.apply.RevisionEvents;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Counts the puts and deletes that this member applies. Fed by the apply thread, read by any. */
public final class ChangeCounter implements EventSink {

  final LongAdder puts = new LongAdder();
  final LongAdder deletes = new LongAdder();

  @Override
  public boolean offer(EventBatch batch) {
    long deleted = 0;
    long all = 0;
    for (RevisionEvents revision : batch.revisions()) {
      List<ChangeEvent> events = revision.events();
      all += events.size();
      for (int i = 0; i < events.size(); i++) {
        deleted += events.get(i).delete() ? 1 : 0;
      }
    }
    puts.add(all - deleted);
    deletes.add(deleted);
    return true;
  }

  @Override
  public boolean wantsPrevKv() {
    return false;
  }
}
