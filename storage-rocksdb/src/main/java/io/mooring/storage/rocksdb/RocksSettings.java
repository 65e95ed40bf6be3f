package io.mooring.storage.rocksdb;

import io.mooring.api.storage.ordered.Space;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksObject;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBufferManager;
import org.rocksdb.WriteOptions;

/**
 * The one tuned configuration: two cores, a bounded share of memory, our log in front. Owns the
 * native option objects, which must outlive the database.
 *
 * <p>Memory: block cache, index and filter blocks and memtables are charged to one cache of the
 * bytes given. Opening: file readers are opened on demand and the manifest is kept short, so its
 * cost does not follow the size of the store.
 */
final class RocksSettings implements AutoCloseable {

  private static final long MIB = 1 << 20;

  /**
   * Lists walk latest, and most single keys are answered from the heap: larger blocks than the 4
   * KiB that would suit single reads best.
   */
  private static final int BLOCK_BYTES = 16 << 10;

  private static final double BLOOM_BITS_PER_KEY = 10;
  private static final int BLOCK_FORMAT_VERSION = 5;

  /**
   * Flushes are made by the store long before a memtable is full. RocksDB's own bound stands far
   * above, so that a writer ahead of the flush is stopped by the engine's backlog, not by RocksDB.
   */
  private static final long WRITE_BUFFER_BYTES = 64 * MIB;

  private static final int MAX_WRITE_BUFFERS = 6;
  private static final int LEVEL0_COMPACTION_FILES = 4;
  private static final int LEVEL0_SLOWDOWN_FILES = 32;
  private static final int LEVEL0_STOP_FILES = 48;
  private static final long LEVEL_BASE_BYTES = 256 * MIB;
  private static final long TARGET_FILE_BYTES = 32 * MIB;
  private static final int BACKGROUND_JOBS = 2;
  private static final int MAX_OPEN_FILES = 512;
  private static final long MAX_MANIFEST_BYTES = 4 * MIB;
  private static final long SYNC_EVERY_BYTES = MIB;
  private static final int CACHE_SHARD_BITS = 4;
  private static final double CACHE_INDEX_SHARE = 0.25;

  private final Deque<RocksObject> owned = new ArrayDeque<>();
  private final Cache cache;
  private final DBOptions dbOptions;
  private final WriteOptions writeOptions;
  private final FlushOptions flushOptions;
  private final List<ColumnFamilyDescriptor> families = new ArrayList<>();

  RocksSettings(long cacheBytes) {
    cache = own(new LRUCache(cacheBytes, CACHE_SHARD_BITS, false, CACHE_INDEX_SHARE));
    dbOptions = own(new DBOptions());
    safety(dbOptions);
    pace(dbOptions, own(new WriteBufferManager(cacheBytes / 2, cache, false)));
    // Logged and not synced: our log has it all, but after a kill RocksDB reads its own much faster
    // than a machine that is not compiled yet applies ours.
    writeOptions = own(new WriteOptions());
    // Waits for the files, not for room in level 0: that wait is the engine's to make.
    flushOptions = own(new FlushOptions().setWaitForFlush(true).setAllowWriteStall(true));
    families.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, family(Space.META)));
    for (Space space : Space.values()) {
      byte[] name = space.storedName().getBytes(StandardCharsets.US_ASCII);
      families.add(new ColumnFamilyDescriptor(name, family(space)));
    }
  }

  /** S12: what keeps a crash or a damaged file from passing unseen. */
  private static void safety(DBOptions options) {
    options
        .setCreateIfMissing(true)
        .setCreateMissingColumnFamilies(true)
        // A crash of the system leaves any part of what was not synced: the prefix before it.
        .setWalRecoveryMode(WALRecoveryMode.PointInTimeRecovery)
        // What opening finds is durable when it returns, since that is what the engine says then.
        .setAvoidFlushDuringRecovery(false)
        // All families, or none: the rows of META say where the others stand.
        .setAtomicFlush(true)
        .setParanoidChecks(true)
        .setBestEffortsRecovery(false)
        // A failed write may have lost pages that the kernel calls clean now: never try again.
        .setMaxBgErrorResumeCount(0)
        // What is durable is what was reported, also after a fault.
        .setAvoidFlushDuringShutdown(true);
  }

  private static void pace(DBOptions options, WriteBufferManager buffers) {
    options
        .setMaxBackgroundJobs(BACKGROUND_JOBS)
        .setWriteBufferManager(buffers)
        .setAllowConcurrentMemtableWrite(false) // one writer
        .setMaxOpenFiles(MAX_OPEN_FILES)
        .setSkipStatsUpdateOnDbOpen(true)
        .setMaxManifestFileSize(MAX_MANIFEST_BYTES)
        .setBytesPerSync(SYNC_EVERY_BYTES)
        .setWalBytesPerSync(SYNC_EVERY_BYTES)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(MIB)
        .setKeepLogFileNum(2)
        .setStatsDumpPeriodSec(0)
        .setStatsPersistPeriodSec(0);
  }

  private ColumnFamilyOptions family(Space space) {
    boolean point =
        switch (space) {
          case LATEST, DEAD, TABLE, META -> true;
          case HISTORY, BASE -> false;
        };
    BlockBasedTableConfig table =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setBlockSize(BLOCK_BYTES)
            .setFormatVersion(BLOCK_FORMAT_VERSION)
            .setCacheIndexAndFilterBlocks(true)
            .setCacheIndexAndFilterBlocksWithHighPriority(true)
            .setPinL0FilterAndIndexBlocksInCache(true);
    if (point) {
      table.setFilterPolicy(own(new BloomFilter(BLOOM_BITS_PER_KEY)));
    }
    ColumnFamilyOptions options = own(new ColumnFamilyOptions());
    options
        .setTableFormatConfig(table)
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        .setWriteBufferSize(WRITE_BUFFER_BYTES)
        .setMaxWriteBufferNumber(MAX_WRITE_BUFFERS)
        .setLevel0FileNumCompactionTrigger(LEVEL0_COMPACTION_FILES)
        .setLevel0SlowdownWritesTrigger(LEVEL0_SLOWDOWN_FILES)
        .setLevel0StopWritesTrigger(LEVEL0_STOP_FILES)
        .setMaxBytesForLevelBase(LEVEL_BASE_BYTES)
        .setTargetFileSizeBase(TARGET_FILE_BYTES)
        .setLevelCompactionDynamicLevelBytes(true)
        .setForceConsistencyChecks(true);
    return options;
  }

  private <T extends RocksObject> T own(T object) {
    owned.push(object);
    return object;
  }

  DBOptions dbOptions() {
    return dbOptions;
  }

  WriteOptions writeOptions() {
    return writeOptions;
  }

  FlushOptions flushOptions() {
    return flushOptions;
  }

  /** The default family, which stays empty, then one of each space in order. */
  List<ColumnFamilyDescriptor> families() {
    return families;
  }

  /** Bytes that the cache holds now, memtables included. */
  long cacheUsageBytes() {
    return cache.getUsage();
  }

  @Override
  public void close() {
    while (!owned.isEmpty()) {
      owned.pop().close();
    }
  }
}
