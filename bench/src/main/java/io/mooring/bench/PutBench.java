package io.mooring.bench;

import java.util.concurrent.TimeUnit;
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
 * Sustained random puts. A commit waits when the write-behind lags by its bound, which is far less
 * than one iteration writes, so the rate is that of the background too; the longest commit (p1.00
 * of {@link #commit}) includes such waits.
 */
@State(Scope.Benchmark)
@Threads(1)
@Fork(
    value = 1,
    jvmArgsAppend = {ServerFlags.COLLECTOR, ServerFlags.NIO, ServerFlags.NIO_CHANNEL})
@Warmup(iterations = 2, time = 10)
@Measurement(iterations = 3, time = 20)
public class PutBench {

  private static final int PUTS_PER_COMMIT = 100;
  private static final int LOAD_PUTS_PER_COMMIT = 1_000;

  /** The engine's provider. */
  @Param({"memory", "lmdb", "rocksdb"})
  public String engine = "";

  /** Keys in the store. */
  @Param("1000000")
  public int keys;

  @SuppressWarnings("NullAway.Init") // JMH calls setup first
  private EngineFixture fixture;

  /** Loads the store. */
  @Setup(Level.Trial)
  public void setup() {
    fixture = EngineFixture.openTemporary(engine);
    fixture.load(keys, LOAD_PUTS_PER_COMMIT);
    fixture.engine().sync();
  }

  /** Puts a second. */
  @Benchmark
  @BenchmarkMode(Mode.Throughput)
  @OutputTimeUnit(TimeUnit.SECONDS)
  @OperationsPerInvocation(PUTS_PER_COMMIT)
  public void puts() {
    fixture.putRandom(PUTS_PER_COMMIT, keys);
  }

  /** Time of a batch of 100 puts with its commit: see its highest percentiles. */
  @Benchmark
  @BenchmarkMode(Mode.SampleTime)
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  public void commit() {
    fixture.putRandom(PUTS_PER_COMMIT, keys);
  }

  /** Drops the store. */
  @TearDown(Level.Trial)
  public void tearDown() {
    fixture.closeAndDelete();
  }
}
