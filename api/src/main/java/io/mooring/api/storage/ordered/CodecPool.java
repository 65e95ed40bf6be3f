package io.mooring.api.storage.ordered;

import java.util.concurrent.ArrayBlockingQueue;

/** Keeps codecs with their buffers for the next reader. Any thread. */
final class CodecPool {

  private static final int KEPT = 64;

  private final String where;
  private final ArrayBlockingQueue<RecordCodec> free = new ArrayBlockingQueue<>(KEPT);

  CodecPool(String where) {
    this.where = where;
  }

  RecordCodec take() {
    RecordCodec kept = free.poll();
    return kept == null ? new RecordCodec(where) : kept;
  }

  /** Takes a codec back; one too many is left to the collector. */
  void give(RecordCodec codec) {
    free.offer(codec);
  }
}
