package io.mooring.bench;

import io.mooring.api.storage.ChangeCursor;
import io.mooring.api.storage.Peek;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Version;
import io.mooring.api.storage.VersionCursor;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Reads, each with a snapshot of its own, as a reader thread makes them: payloads are copied out.
 * The store has been written in random order and synced, but nothing reads while anything writes.
 */
@State(Scope.Benchmark)
@Threads(1)
@Fork(
    value = 1,
    jvmArgsAppend = {ServerFlags.COLLECTOR, ServerFlags.NIO, ServerFlags.NIO_CHANNEL})
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 5)
@Measurement(iterations = 3, time = 5)
public class ReadBench {

  private static final int LISTED = 1_000;
  private static final int PUTS_PER_COMMIT = 1_000;

  /** The engine's provider. */
  @Param({"memory", "lmdb", "rocksdb"})
  public String engine = "";

  /** Keys in the store. */
  @Param("100000")
  public int keys;

  /** Old versions behind each key, on average. */
  @Param({"0", "20"})
  public int oldVersions;

  private final byte[] wire = new byte[1 << 20];
  private long middleRevision;

  @SuppressWarnings("NullAway.Init") // JMH calls setup first
  private EngineFixture fixture;

  /** Loads the store. */
  @Setup(Level.Trial)
  public void setup() {
    fixture = EngineFixture.openTemporary(engine);
    fixture.load(keys, PUTS_PER_COMMIT);
    long puts = (long) keys * oldVersions;
    for (long done = 0; done < puts; done += PUTS_PER_COMMIT) {
      if (done <= puts / 2) {
        middleRevision = fixture.engine().state().revision();
      }
      fixture.putRandom(PUTS_PER_COMMIT, keys);
    }
    middleRevision = Math.max(middleRevision, fixture.engine().state().revision() / 2);
    fixture.engine().sync();
  }

  /** What the apply thread does while nobody writes. */
  @Setup(Level.Iteration)
  public void settle() {
    while (fixture.engine().maintain()) {}
  }

  /** The 1,000 latest keys from a random place on. */
  @Benchmark
  public int list() {
    return list(Long.MAX_VALUE);
  }

  /** The same at a revision in the middle of the store's history. */
  @Benchmark
  public int oldList() {
    return list(middleRevision);
  }

  private int list(long atRevision) {
    int from = fixture.nextInt(Math.max(1, keys - LISTED));
    int bytes = 0;
    try (Snapshot snapshot = fixture.engine().snapshot();
        VersionCursor cursor = snapshot.range(EngineFixture.key(from), null, atRevision)) {
      for (int i = 0; i < LISTED && cursor.next(); i++) {
        ByteBuffer payload = cursor.payload();
        int size = payload.remaining();
        payload.get(wire, bytes, size);
        bytes += size;
      }
    }
    return bytes;
  }

  /** One key through a snapshot. */
  @Benchmark
  public @Nullable Version get() {
    try (Snapshot snapshot = fixture.engine().snapshot()) {
      return snapshot.get(EngineFixture.key(fixture.nextInt(keys)), Long.MAX_VALUE, true);
    }
  }

  /** One key from the heap, where the engine has it there. */
  @Benchmark
  public Peek peek() {
    long revision = fixture.engine().state().revision();
    return fixture.engine().peek(EngineFixture.key(fixture.nextInt(keys)), revision);
  }

  /** One key at a revision in the middle of the store's history. */
  @Benchmark
  public @Nullable Version oldGet() {
    try (Snapshot snapshot = fixture.engine().snapshot()) {
      return snapshot.get(EngineFixture.key(fixture.nextInt(keys)), middleRevision, true);
    }
  }

  /** Changes since a revision, per record. */
  @Benchmark
  @OperationsPerInvocation(LISTED)
  public int changes() {
    int bytes = 0;
    try (Snapshot snapshot = fixture.engine().snapshot()) {
      long from = 2 + fixture.nextInt((int) snapshot.state().revision() - LISTED);
      try (ChangeCursor cursor = snapshot.changes(from, from + LISTED - 1)) {
        while (cursor.next()) {
          ByteBuffer payload = cursor.payload();
          int size = payload.remaining();
          payload.get(wire, bytes, size);
          bytes += size;
        }
      }
    }
    return bytes;
  }

  /** Drops the store. */
  @TearDown(Level.Trial)
  public void tearDown() {
    fixture.closeAndDelete();
  }
}
