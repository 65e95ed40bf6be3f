package io.mooring.bench;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
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
 * Records of history removed a second: from the commit that raises the compact revision to the
 * newest, until the engine says that all below is physically gone.
 */
@State(Scope.Benchmark)
@Threads(1)
@Fork(
    value = 1,
    jvmArgsAppend = {ServerFlags.COLLECTOR, ServerFlags.NIO, ServerFlags.NIO_CHANNEL})
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 3)
public class CompactionBench {

  private static final int RECORDS = 1_000_000;
  private static final int PUTS_PER_COMMIT = 1_000;
  private static final long POLL_NS = 100_000;

  /** The engine's provider. */
  @Param({"memory", "lmdb", "rocksdb"})
  public String engine = "";

  /** Keys in the store. */
  @Param("100000")
  public int keys;

  @SuppressWarnings("NullAway.Init") // JMH calls setup first
  private EngineFixture fixture;

  /** Opens the store with every key in it. */
  @Setup(Level.Trial)
  public void setup() {
    fixture = EngineFixture.openTemporary(engine);
    fixture.load(keys, PUTS_PER_COMMIT);
  }

  /** Writes the history to remove. */
  @Setup(Level.Invocation)
  public void write() {
    for (int done = 0; done < RECORDS; done += PUTS_PER_COMMIT) {
      fixture.putRandom(PUTS_PER_COMMIT, keys);
    }
    fixture.engine().sync();
  }

  /** Microseconds per removed record. */
  @Benchmark
  @OperationsPerInvocation(RECORDS)
  public void compact() {
    long revision = fixture.engine().state().revision();
    fixture.compact(revision);
    while (fixture.engine().reclaimedRevision() < revision) {
      if (!fixture.engine().maintain()) {
        LockSupport.parkNanos(POLL_NS);
      }
    }
  }

  /** Drops the store. */
  @TearDown(Level.Trial)
  public void tearDown() {
    fixture.closeAndDelete();
  }
}
