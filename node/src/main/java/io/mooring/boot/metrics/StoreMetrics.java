package io.mooring.boot.metrics;

import io.mooring.apply.ApplyMeter;
import io.mooring.base.Histogram;
import io.mooring.raft.Consensus;
import io.mooring.read.StoreFigures;
import java.util.function.ToDoubleFunction;

/** The key space, the engine under it, and the log. */
final class StoreMetrics {

  /** Of what is shown in milliseconds. */
  private static final double MICROSECONDS = 1e3;

  private final Registrar registrar;
  private final Sources sources;
  private final Consensus consensus;
  private final ChangeCounter changes;

  StoreMetrics(Registrar registrar, Sources sources, ChangeCounter changes) {
    this.registrar = registrar;
    this.sources = sources;
    this.consensus = sources.consensus();
    this.changes = changes;
  }

  void register() {
    disks();
    sizes();
    operations();
    compaction();
    ownFigures();
  }

  private void disks() {
    seconds(
        "etcd_disk_wal_fsync_duration_seconds",
        "Syncs of the log, each for all that had arrived.",
        sources.log().fsyncNs());
    seconds(
        "etcd_disk_wal_write_duration_seconds",
        "Writes of the log, without their sync.",
        sources.log().writeNs());
    registrar.gauge(
        "etcd_disk_wal_write_bytes_total",
        "Bytes written to the log.",
        () -> sources.log().writtenBytes());
    seconds(
        "etcd_disk_backend_commit_duration_seconds",
        "Transactions that the engine wrote behind.",
        sources.engineWritesNs());
    seconds(
        "mooring_engine_commit_duration_seconds",
        "Commits to the engine, waiting for a full write-behind included.",
        sources.apply().meter().commitNs());
  }

  private void sizes() {
    figure("etcd_mvcc_db_total_size_in_bytes", "Bytes allocated.", StoreFigures::allocatedBytes);
    registrar.gauge(
        "etcd_mvcc_db_total_size_in_use_in_bytes",
        "Bytes of live versions.",
        () -> StoreFigures.liveBytes(consensus.view()));
    figure("etcd_mvcc_db_open_read_transactions", "Open snapshots.", StoreFigures::openSnapshots);
    figure("etcd_debugging_mvcc_keys_total", "Keys alive.", StoreFigures::keyCount);
    registrar.gauge(
        "etcd_debugging_mvcc_current_revision",
        "Current revision.",
        () -> consensus.view().revision());
    registrar.gauge(
        "etcd_debugging_mvcc_compact_revision",
        "Compact revision.",
        () -> consensus.view().compactRevision());
    registrar.gauge(
        "etcd_debugging_mvcc_total_put_size_in_bytes",
        "Encoded key-values put since the start.",
        changes::putBytes);
  }

  private void operations() {
    registrar.counter("etcd_mvcc_put_total", "Puts applied.", changes::puts);
    registrar.counter("etcd_mvcc_delete_total", "Deletes applied.", changes::deletes);
    registrar.counter(
        "etcd_mvcc_range_total", "Ranges answered.", () -> sources.services().ranges());
    registrar.counter(
        "etcd_mvcc_txn_total", "Transactions answered.", () -> sources.services().txns());
    Histogram none = Histogram.doubling(10_000_000, 15);
    seconds("etcd_mvcc_hash_duration_seconds", "Hashes of the whole store.", none);
    seconds("etcd_mvcc_hash_rev_duration_seconds", "Hashes of a revision.", none);
  }

  /** Removal runs in slices beside the writes, so the pauses that etcd counts never happen. */
  private void compaction() {
    ApplyMeter apply = sources.apply().meter();
    registrar.histogram(
        "etcd_debugging_mvcc_db_compaction_total_duration_milliseconds",
        "From a compaction to the end of the removal.",
        Registrar.AS_IS,
        apply.compactionMs());
    registrar.gauge(
        "etcd_debugging_mvcc_db_compaction_last",
        "Unix time, in seconds, at which the last removal ended.",
        () -> {
          if (!apply.compacted()) {
            return 0;
          }
          double agoSeconds = (System.nanoTime() - apply.compactionEndedNs()) / 1e9;
          return System.currentTimeMillis() / 1000.0 - agoSeconds;
        });
    registrar.histogram(
        "etcd_debugging_mvcc_db_compaction_pause_duration_milliseconds",
        "Writes paused by the removal: never.",
        Registrar.AS_IS,
        Histogram.doubling(1, 13));
    registrar.histogram(
        "etcd_debugging_mvcc_index_compaction_pause_duration_milliseconds",
        "Writes paused by the index: there is none to compact.",
        MICROSECONDS,
        Histogram.doubling(500, 14));
  }

  private void ownFigures() {
    figure(
        "mooring_engine_backlog_entries",
        "Commits that the engine has not written yet.",
        StoreFigures::backlogEntries);
    figure(
        "mooring_engine_backlog_bytes",
        "Bytes of commits that the engine has not written yet.",
        StoreFigures::backlogBytes);
    figure(
        "mooring_engine_heap_bytes",
        "Heap that the engine holds: what is not written or merged yet, and caches.",
        StoreFigures::heapBytes);
    registrar.gauge(
        "mooring_pins", "Revisions held against removal.", () -> sources.pins().count());
    registrar.counter(
        "mooring_pins_broken_total",
        "Pins broken because their time was over.",
        () -> sources.pins().brokenCount());
  }

  private void figure(String name, String help, ToDoubleFunction<StoreFigures> value) {
    registrar.gauge(name, help, () -> value.applyAsDouble(StoreFigures.of(consensus.view())));
  }

  private void seconds(String name, String help, Histogram ns) {
    registrar.histogram(name, help, Registrar.SECONDS, ns);
  }
}
