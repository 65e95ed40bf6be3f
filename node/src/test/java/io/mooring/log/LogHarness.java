package io.mooring.log;

import io.mooring.raft.core.Append;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.HardState;
import io.mooring.raft.core.Persisted;
import io.mooring.sim.SimFileStore;
import io.mooring.sim.SimScheduler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** A log on a simulated disk, and the list of what it must hold. */
@SuppressWarnings("NullAway.Init") // create or open comes first
final class LogHarness {

  static final int SEGMENT_BYTES = 4_096;

  final SimScheduler scheduler;
  final SplittableRandom random;
  final LogConfig config;
  SimFileStore store;
  private SimScheduler.SimLoop background;
  SegmentLog log;
  final List<Entry> entries = new ArrayList<>();
  HardState hardState = HardState.NONE;

  /** Recorded as committed by the last group; what is above it may be replaced. */
  long committed;

  LogHarness(long seed) {
    this(seed, SEGMENT_BYTES);
  }

  LogHarness(long seed, int segmentBytes) {
    random = new SplittableRandom(seed);
    scheduler = new SimScheduler(random.nextLong());
    store = new SimFileStore(random.nextLong());
    background = scheduler.loop("background");
    config = new LogConfig(11, 22, segmentBytes, segmentBytes / 2, random.split()::nextLong);
  }

  LogHarness create() {
    background.kill();
    background = scheduler.loop("background");
    log = SegmentLog.create(store, config, background);
    return this;
  }

  LogHarness open() {
    return open(0);
  }

  LogHarness open(long anchor) {
    background.kill();
    background = scheduler.loop("background");
    log = SegmentLog.open(store, config, background, anchor);
    return this;
  }

  /** What the next group would be: some entries of random size. */
  Append group(int count, int maxBytes) {
    HardState next = hardState;
    if (random.nextInt(8) == 0 || hardState.term() == 0) {
      next = new HardState(hardState.term() + 1, random.nextBoolean() ? 22 : 0);
    }
    List<Entry> batch = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] data = new byte[random.nextInt(maxBytes + 1)];
      Arrays.fill(data, (byte) random.nextInt(256));
      Entry.Kind kind = data.length == 0 ? Entry.Kind.EMPTY : Entry.Kind.COMMAND;
      batch.add(new Entry(entries.size() + 1 + i, next.term(), kind, data));
    }
    EntryId last = batch.isEmpty() ? log.last() : EntryId.of(batch.get(batch.size() - 1));
    HardState changed = next.equals(hardState) ? null : next;
    committed += random.nextLong(entries.size() - committed + 1);
    return new Append(changed, batch, committed, new Persisted(next, last));
  }

  /**
   * The same, as of a new leader that contradicts some of what is not committed. It is handed what
   * the log holds from there on in the place of the old.
   */
  Append replacement(int maxCount, int maxBytes) {
    long first = committed + 1 + random.nextLong(Math.max(1, entries.size() - committed));
    HardState next = new HardState(hardState.term() + 1, 0);
    List<Entry> batch = new ArrayList<>();
    for (int i = 1 + random.nextInt(maxCount); i > 0; i--) {
      byte[] data = new byte[random.nextInt(maxBytes + 1)];
      batch.add(new Entry(first + batch.size(), next.term(), Entry.Kind.COMMAND, data));
    }
    EntryId last = EntryId.of(batch.get(batch.size() - 1));
    return new Append(next, batch, committed, new Persisted(next, last));
  }

  void append(Append append) {
    log.append(append);
    acknowledged(append);
  }

  void acknowledged(Append append) {
    if (!append.entries().isEmpty()) {
      entries.subList((int) append.entries().get(0).index() - 1, entries.size()).clear();
    }
    entries.addAll(append.entries());
    committed = append.commitIndex();
    hardState = append.persisted().hardState();
  }

  /** Where a transfer snapshot may have been made: behind what is committed here. */
  EntryId elsewhere() {
    return new EntryId(committed + 1 + random.nextInt(60), hardState.term() + random.nextInt(2));
  }

  void restart(EntryId installed, HardState state) {
    log.restart(installed, state);
    restarted(installed, state);
  }

  void restarted(EntryId installed, HardState state) {
    int kept = (int) Math.min(entries.size(), installed.index());
    entries.subList(kept, entries.size()).clear();
    while (entries.size() < installed.index()) {
      // Was never here, and is never compared.
      entries.add(new Entry(entries.size() + 1, 1, Entry.Kind.EMPTY, new byte[0]));
    }
    committed = installed.index();
    hardState = state;
  }

  /** Fills the log with small groups, letting the background work in between. */
  LogHarness fill(int groups) {
    for (int i = 0; i < groups; i++) {
      append(group(1 + random.nextInt(3), 100));
      scheduler.runReady();
    }
    return this;
  }

  List<Entry> read(long from) {
    List<Entry> all = new ArrayList<>();
    try (LogReader reader = log.reader(from)) {
      for (List<Entry> part = reader.next(1_000); !part.isEmpty(); part = reader.next(1_000)) {
        all.addAll(part);
      }
    }
    return all;
  }

  String lastSegment() {
    List<String> names = segmentNames();
    return names.get(names.size() - 1);
  }

  List<String> segmentNames() {
    try {
      return store.list().stream().filter(Segment::isName).sorted().toList();
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  static void assertSame(List<Entry> actual, List<Entry> expected) {
    if (actual.size() != expected.size()) {
      throw new AssertionError("entries: " + actual.size() + ", expected " + expected.size());
    }
    for (int i = 0; i < actual.size(); i++) {
      Entry a = actual.get(i);
      Entry b = expected.get(i);
      if (a.index() != b.index()
          || a.term() != b.term()
          || a.kind() != b.kind()
          || !Arrays.equals(a.data(), b.data())) {
        throw new AssertionError("entry " + b.index() + " differs");
      }
    }
  }
}
