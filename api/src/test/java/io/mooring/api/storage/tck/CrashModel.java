package io.mooring.api.storage.tck;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a store must hold after entry n, for every n, as a pure function of a seed: the writer that
 * gets killed and the judge that looks at what is left each play it for themselves.
 *
 * <p>Entry i writes main revision i + 1. Payloads are not kept but made again from their revision.
 * History below the compact revision is pruned, so the model stays small however long the run.
 */
final class CrashModel {

  private static final int KEYS = 400;
  private static final int COMPACT_EVERY = 500;
  private static final int COMPACT_KEEPS = 300;

  /** One change: a put, or a tombstone when {@code version} is 0. */
  record Change(long main, int sub, byte[] key, long create, long version, long lease) {
    boolean tombstone() {
      return version == 0;
    }
  }

  /** What one entry does, in order. */
  record Entry(long index, long main, List<Change> changes, int tableRow, long compactRevision) {}

  private final long seed;
  private final TreeMap<byte[], ArrayList<Change>> versions =
      new TreeMap<>(Arrays::compareUnsigned);
  private final TreeMap<Long, List<Change>> log = new TreeMap<>();
  private final long[] tableRows = new long[16];
  private long index;
  private long compactRevision = -1;

  CrashModel(long seed) {
    this.seed = seed;
  }

  /** The last entry played, 0 before the first. */
  long index() {
    return index;
  }

  long revision() {
    return index + 1;
  }

  long compactRevision() {
    return compactRevision;
  }

  /** Whether a batch ends after this entry; a crash must leave the end of a batch. */
  boolean endsBatch(long entryIndex) {
    return mix(seed, entryIndex, 7) % 5 == 0;
  }

  /** Plays the next entry. */
  Entry next() {
    index++;
    long main = index + 1;
    int count = 1 + (int) (mix(seed, index, 1) % 3);
    List<Change> changes = new ArrayList<>(count);
    for (int sub = 0; sub < count; sub++) {
      changes.add(change(main, sub));
    }
    log.put(main, changes);
    int row = (int) (mix(seed, index, 2) % tableRows.length);
    tableRows[row] = index;
    if (index % COMPACT_EVERY == 0) {
      compactRevision = Math.max(compactRevision, main - COMPACT_KEEPS);
      prune();
    }
    return new Entry(index, main, changes, row, compactRevision);
  }

  private Change change(long main, int sub) {
    long dice = mix(seed, main, 100 + sub);
    byte[] key = key((int) (dice % KEYS));
    ArrayList<Change> chain = versions.computeIfAbsent(key, k -> new ArrayList<>());
    @Nullable Change last = chain.isEmpty() ? null : chain.get(chain.size() - 1);
    boolean alive = last != null && !last.tombstone();
    Change change;
    if (alive && dice / KEYS % 6 == 0) {
      change = new Change(main, sub, key, 0, 0, 0);
    } else {
      change =
          new Change(
              main,
              sub,
              key,
              alive ? last.create() : main,
              alive ? last.version() + 1 : 1,
              dice / KEYS % 4 == 1 ? dice >>> 40 : 0);
    }
    chain.add(change);
    return change;
  }

  /** Drops what no revision from the compact revision on can see. */
  private void prune() {
    log.headMap(compactRevision, false).clear();
    versions
        .values()
        .removeIf(
            chain -> {
              int keep = chain.size() - 1;
              while (keep > 0 && chain.get(keep).main() > compactRevision) {
                keep--;
              }
              if (chain.get(keep).tombstone() && chain.get(keep).main() < compactRevision) {
                keep++;
              }
              chain.subList(0, keep).clear();
              return chain.isEmpty();
            });
  }

  /**
   * The newest change of a key at a revision from the compact revision on, null before its first.
   */
  @Nullable Change at(byte[] key, long atRevision) {
    List<Change> chain = versions.get(key);
    if (chain == null) {
      return null;
    }
    for (int i = chain.size() - 1; i >= 0; i--) {
      if (chain.get(i).main() <= atRevision) {
        return chain.get(i).tombstone() ? null : chain.get(i);
      }
    }
    return null;
  }

  /** The keys alive at a revision, ascending, as their changes. */
  List<Change> aliveAt(long atRevision) {
    List<Change> alive = new ArrayList<>();
    for (byte[] key : versions.keySet()) {
      Change change = at(key, atRevision);
      if (change != null) {
        alive.add(change);
      }
    }
    return alive;
  }

  /** Every change from the compact revision on. */
  List<Change> changes() {
    List<Change> all = new ArrayList<>();
    log.values().forEach(all::addAll);
    return all;
  }

  /** The entry that last wrote each table row, 0 for never. */
  long[] tableRows() {
    return tableRows.clone();
  }

  /** Short and long keys, with prefixes of one another and runs of 0x00 and 0xff among them. */
  private byte[] key(int number) {
    byte[] key = new byte[number % 37 == 0 ? 700 + number : 2 + number % 9];
    Arrays.fill(key, (byte) (number % 3 == 0 ? 0x00 : number % 3 == 1 ? 0xff : 'k'));
    key[0] = (byte) (number >>> 8);
    key[1] = (byte) number;
    return key;
  }

  /** The payload of the put at a revision. */
  byte[] payload(long main, int sub) {
    long dice = mix(seed, main, 200 + sub);
    int size = dice % 200 == 0 ? 20_000 + (int) (dice >>> 8) % 50_000 : (int) (dice >>> 8) % 600;
    byte[] bytes = new byte[Math.abs(size)];
    for (int i = 0; i < bytes.length; i++) {
      if (i % 8 == 0) {
        dice = dice * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L;
      }
      bytes[i] = (byte) (dice >>> 8 * (i % 8));
    }
    return bytes;
  }

  /** A well mixed number from 0 up. */
  private static long mix(long seed, long index, long salt) {
    long x = seed ^ index * 0x9E3779B97F4A7C15L ^ salt * 0xC2B2AE3D27D4EB4FL;
    x = (x ^ x >>> 30) * 0xBF58476D1CE4E5B9L;
    x = (x ^ x >>> 27) * 0x94D049BB133111EBL;
    return (x ^ x >>> 31) & Long.MAX_VALUE;
  }
}
