package io.mooring.apply;

import io.mooring.api.internalpb.Command;
import io.mooring.base.Check;
import io.mooring.base.DurationsByResult;
import io.mooring.base.Histogram;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;

/**
 * What the apply thread times and counts; it belongs to one {@link ApplyDriver}. Any thread reads.
 */
public final class ApplyMeter {

  /** From here on an apply counts as slow; etcd's threshold. */
  private static final long SLOW_NS = 100_000_000;

  private static final long NONE = Long.MIN_VALUE;

  private final Map<Command.BodyCase, DurationsByResult> applyNs =
      new EnumMap<>(Command.BodyCase.class);
  private final LongAdder slow = new LongAdder();
  private final Histogram commitNs = Histogram.doubling(100_000, 20);
  private final Histogram compactionMs = Histogram.doubling(100, 14);
  private volatile long compactionEndedNs = NONE;
  private long compactingTo;
  private long compactionBeganNs;

  ApplyMeter() {
    for (Command.BodyCase kind : Command.BodyCase.values()) {
      applyNs.put(kind, new DurationsByResult());
    }
  }

  void applied(Command.BodyCase kind, boolean carriedOut, long tookNs) {
    Check.present(applyNs.get(kind), "every kind is timed").record(carriedOut, tookNs);
    if (tookNs >= SLOW_NS) {
      slow.increment();
    }
  }

  void committed(long tookNs) {
    commitNs.record(tookNs);
  }

  /** A compaction was applied. When one is under way both count as one. */
  void compactionBegan(long revision, long nowNs) {
    if (compactingTo == 0) {
      compactionBeganNs = nowNs;
    }
    compactingTo = revision;
  }

  /** Everything below a revision has been removed. */
  void reclaimed(long revision, long nowNs) {
    if (compactingTo != 0 && revision >= compactingTo) {
      compactingTo = 0;
      compactionMs.record((nowNs - compactionBeganNs) / 1_000_000);
      compactionEndedNs = nowNs;
    }
  }

  /** Shows the time of single commands, by their kind. */
  public void forEachKind(BiConsumer<Command.BodyCase, DurationsByResult> visitor) {
    applyNs.forEach(visitor);
  }

  /** Commands that took 100 ms or more. */
  public long slow() {
    return slow.sum();
  }

  /** Nanoseconds of each engine commit, waiting for a full write-behind included. */
  public Histogram commitNs() {
    return commitNs;
  }

  /** Milliseconds from a compaction's apply to the end of the removal. */
  public Histogram compactionMs() {
    return compactionMs;
  }

  /** When the last removal ended, on the apply loop's clock; meaningless before there was one. */
  public long compactionEndedNs() {
    return compactionEndedNs;
  }

  /** Whether a removal has ended yet. */
  public boolean compacted() {
    return compactionEndedNs != NONE;
  }
}
