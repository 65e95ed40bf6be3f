package io.mooring.apply;

/** Where events go: one hub per client loop. Called on the apply thread; hands over and returns. */
public interface EventSink {

  /** Takes a batch. False: full, the batch was dropped, and the hub re-reads from the engine. */
  boolean offer(EventBatch batch);

  /** Whether some watcher wants previous values in events. Any thread. */
  boolean wantsPrevKv();
}
