package io.mooring.bench;

import com.sun.management.OperatingSystemMXBean;
import io.mooring.api.storage.EngineStats;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.VersionCursor;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/**
 * Sustained writing of one engine in figures: loads a store, writes random keys for some seconds
 * until the compilers have settled, for as long as fast as the engine takes them, then for as long
 * at a fixed rate, lists, compacts, and opens the store again. One line per figure, name and value.
 *
 * <p>Arguments: {@code engine keys seconds [putsPerSecond [directory]]}. Without a rate, or with 0,
 * the paced phase is left out. Device bytes come from /proc/diskstats and count what every process
 * wrote meanwhile.
 */
public final class EngineSoak {

  private static final int PUTS_PER_COMMIT = 100;
  private static final int LOAD_PUTS_PER_COMMIT = 1_000;
  private static final int LISTED = 1_000;
  private static final int MAX_LISTS = 2_000;
  private static final int KEYS_PER_LIST = 50;
  private static final int SECTOR_BYTES = 512;
  private static final long SECOND_NS = 1_000_000_000L;

  private final PrintStream out;
  private final EngineFixture fixture;
  private final int keys;
  private final ByteBuffer wire = ByteBuffer.allocate(LISTED * EngineFixture.PAYLOAD_BYTES);

  private EngineSoak(PrintStream out, EngineFixture fixture, int keys) {
    this.out = out;
    this.fixture = fixture;
    this.keys = keys;
  }

  /** Runs one soak and prints it. */
  public static void main(String[] args) {
    if (args.length < 3) {
      throw new IllegalArgumentException("engine keys seconds [putsPerSecond [directory]]");
    }
    int rate = args.length > 3 ? Integer.parseInt(args[3]) : 0;
    EngineFixture fixture =
        args.length > 4
            ? EngineFixture.open(args[0], Path.of(args[4]))
            : EngineFixture.openTemporary(args[0]);
    int keys = Integer.parseInt(args[1]);
    new EngineSoak(System.out, fixture, keys).run(Double.parseDouble(args[2]), rate);
    fixture.closeAndDelete();
  }

  /** Runs one soak in a directory, for tests: prints to a stream and leaves the store closed. */
  static void run(PrintStream out, String engine, Path directory, int keys, double seconds) {
    try (EngineFixture fixture = EngineFixture.open(engine, directory)) {
      new EngineSoak(out, fixture, keys).run(seconds, keys);
    }
  }

  private void run(double seconds, int rate) {
    say("engine", fixture.engine().name());
    say("keys", keys);
    long began = System.nanoTime();
    fixture.load(keys, LOAD_PUTS_PER_COMMIT);
    fixture.engine().sync();
    say("load puts/s", keys / secondsSince(began));
    sayMemoryAndDisk();
    warmUp(seconds);
    long syncedNs = writes("unpaced", seconds, 0);
    say("unpaced final sync ms", syncedNs / 1e6);
    if (rate > 0) {
      writes("paced", seconds, rate);
    }
    lists("with old versions");
    sayMemoryAndDisk();
    say("reopen after writes ms", fixture.reopen() / 1e6);
    compacts();
    say("reopen ms", fixture.reopen() / 1e6);
    lists("after reopen");
    sayMemoryAndDisk();
  }

  /** Lists first, so that these meet no old versions yet when they are measured. */
  private void warmUp(double seconds) {
    long began = System.nanoTime();
    while (secondsSince(began) < seconds / 4) {
      list();
    }
    lists("fresh");
    while (secondsSince(began) < seconds) {
      fixture.putRandom(PUTS_PER_COMMIT, keys);
    }
    fixture.engine().sync();
  }

  /**
   * Writes commits of {@value #PUTS_PER_COMMIT} random puts, as fast as they go or at a rate, and
   * then syncs; the rate printed includes that sync.
   *
   * @return the nanoseconds of the sync
   */
  private long writes(String phase, double seconds, int putsPerSecond) {
    long sectorsBefore = sectorsWritten();
    long cpuBeforeNs = cpuNs();
    long writerBeforeNs = writerCpuNs();
    long[] commitNs = new long[1 << 16];
    int commits = 0;
    long began = System.nanoTime();
    long durationNs = (long) (seconds * SECOND_NS);
    while (System.nanoTime() - began < durationNs) {
      if (putsPerSecond > 0) {
        long due = began + commits * (SECOND_NS * PUTS_PER_COMMIT / putsPerSecond);
        for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
          LockSupport.parkNanos(wait);
        }
      }
      long commitBegan = System.nanoTime();
      fixture.putRandom(PUTS_PER_COMMIT, keys);
      if (commits == commitNs.length) {
        commitNs = Arrays.copyOf(commitNs, 2 * commits);
      }
      commitNs[commits++] = System.nanoTime() - commitBegan;
    }
    long syncBegan = System.nanoTime();
    fixture.engine().sync();
    long syncNs = System.nanoTime() - syncBegan;
    long puts = (long) commits * PUTS_PER_COMMIT;
    say(phase + " puts/s", puts / secondsSince(began));
    say(phase + " cpu us/put", (cpuNs() - cpuBeforeNs) / 1e3 / puts);
    say(phase + " writer cpu us/put", (writerCpuNs() - writerBeforeNs) / 1e3 / puts);
    sayCommits(phase, Arrays.copyOf(commitNs, commits));
    long bytes = (sectorsWritten() - sectorsBefore) * SECTOR_BYTES;
    say(phase + " device bytes/put", (double) bytes / puts);
    return syncNs;
  }

  private void sayCommits(String phase, long[] commitNs) {
    Arrays.sort(commitNs);
    say(phase + " commit p50 ms", commitNs[commitNs.length / 2] / 1e6);
    say(phase + " commit p99 ms", commitNs[(int) (commitNs.length * 0.99)] / 1e6);
    say(phase + " commit p99.9 ms", commitNs[(int) (commitNs.length * 0.999)] / 1e6);
    say(phase + " commit max ms", commitNs[commitNs.length - 1] / 1e6);
  }

  private void lists(String when) {
    long[] listNs = new long[Math.min(MAX_LISTS, 1 + keys / KEYS_PER_LIST)];
    long bytes = 0;
    for (int i = 0; i < listNs.length; i++) {
      long began = System.nanoTime();
      bytes += list();
      listNs[i] = System.nanoTime() - began;
    }
    Arrays.sort(listNs);
    say("list of 1,000 " + when + " p50 us", listNs[listNs.length / 2] / 1e3);
    say("list of 1,000 " + when + " p99 us", listNs[(int) (listNs.length * 0.99)] / 1e3);
    if (bytes == 0) {
      throw new IllegalStateException("lists saw nothing");
    }
  }

  /** Copies 1,000 latest payloads from a random key on, as a reply does; returns their bytes. */
  private int list() {
    byte[] from = EngineFixture.key(fixture.nextInt(Math.max(1, keys - LISTED)));
    ByteBuffer reply = wire.clear();
    try (Snapshot snapshot = fixture.engine().snapshot();
        VersionCursor cursor = snapshot.range(from, null, Long.MAX_VALUE)) {
      for (int row = 0; row < LISTED && cursor.next(); row++) {
        reply.put(cursor.payload());
      }
    }
    return reply.position();
  }

  private void compacts() {
    long revision = fixture.engine().state().revision();
    long longestNs = 0;
    long began = System.nanoTime();
    fixture.compact(revision);
    while (fixture.engine().reclaimedRevision() < revision) {
      long sliceBegan = System.nanoTime();
      boolean more = fixture.engine().maintain();
      longestNs = Math.max(longestNs, System.nanoTime() - sliceBegan);
      if (!more) {
        LockSupport.parkNanos(100_000);
      }
    }
    say("compaction records/s", revision / secondsSince(began));
    say("compaction longest maintain ms", longestNs / 1e6);
  }

  private void sayMemoryAndDisk() {
    EngineStats stats = fixture.engine().stats();
    say("RSS MiB", residentKib() / 1024.0);
    say("store MiB", stats.diskBytes() / 1048576.0);
    say("engine heap MiB", stats.heapBytes() / 1048576.0);
  }

  private void say(String name, double value) {
    say(name, String.format(Locale.ROOT, value < 100 ? "%.3f" : "%.0f", value));
  }

  private void say(String name, String value) {
    out.println(fixture.engine().name() + ": " + name + ": " + value);
  }

  /** Processor time of all threads: what stays comparable when others use the machine too. */
  private static long cpuNs() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getProcessCpuTime()
        : -1;
  }

  /** Processor time of the engine's writer thread, 0 where it has none. */
  private static long writerCpuNs() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (thread != null && thread.getThreadName().endsWith("-writer")) {
        return threads.getThreadCpuTime(thread.getThreadId());
      }
    }
    return 0;
  }

  private static double secondsSince(long beganNs) {
    return (System.nanoTime() - beganNs) / 1e9;
  }

  /** Sectors that whole disks have written, -1 where the system does not tell. */
  private static long sectorsWritten() {
    Path file = Path.of("/proc/diskstats");
    if (!Files.isReadable(file)) {
      return -1;
    }
    long sectors = 0;
    for (String line : lines(file)) {
      String[] fields = line.trim().split("\\s+");
      boolean wholeDisk = Files.isDirectory(Path.of("/sys/block", fields[2]));
      if (wholeDisk && !fields[2].startsWith("loop") && !fields[2].startsWith("dm-")) {
        sectors += Long.parseLong(fields[9]);
      }
    }
    return sectors;
  }

  private static long residentKib() {
    Path file = Path.of("/proc/self/status");
    if (!Files.isReadable(file)) {
      return -1;
    }
    return lines(file).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElse(-1);
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
