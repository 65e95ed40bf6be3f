package io.mooring.service;

import io.mooring.raft.Consensus;
import io.mooring.raft.RaftStatus;
import io.mooring.read.StoreFigures;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;

/**
 * The metrics of a member, under etcd's names and types (some of which surprise: several totals are
 * gauges). Nearly all are read from what exists when somebody asks. Registered in one place, once.
 */
public final class MemberMetrics {

  private final PrometheusRegistry registry;

  private MemberMetrics(PrometheusRegistry registry) {
    this.registry = registry;
  }

  /** Registers all of them. */
  public static void register(
      PrometheusRegistry registry,
      MemberInfo member,
      ServiceLimits limits,
      Consensus consensus,
      ServiceStats stats,
      ChangeCounter changes) {
    MemberMetrics metrics = new MemberMetrics(registry);
    metrics.raft(member, consensus, stats);
    metrics.identity(member, limits);
    metrics.store(consensus, stats, changes);
    metrics.unusedYet();
  }

  private void raft(MemberInfo member, Consensus consensus, ServiceStats stats) {
    gauge(
        "etcd_server_has_leader",
        "Whether a leader is known.",
        () -> consensus.status().leaderId() == 0 ? 0 : 1);
    gauge(
        "etcd_server_is_leader",
        "Whether this member leads.",
        () -> consensus.status().leaderId() == member.memberId() ? 1 : 0);
    gauge("etcd_server_is_learner", "Whether this member is a learner.", () -> 0);
    // A member alone elects itself once, and nobody else ever.
    counter(
        "etcd_server_leader_changes_seen_total",
        "Leader changes seen.",
        () -> consensus.status().leaderId() == 0 ? 0 : 1);
    gauge(
        "etcd_server_proposals_committed_total",
        "Consensus proposals committed.",
        () -> consensus.status().commitIndex());
    gauge(
        "etcd_server_proposals_applied_total",
        "Consensus proposals applied.",
        () -> consensus.status().appliedIndex());
    gauge(
        "etcd_server_proposals_pending",
        "Proposals waiting for their outcome.",
        () -> Math.max(0, stats.proposalsBegun.sum() - stats.proposalsEnded.sum()));
    counter("etcd_server_proposals_failed_total", "Proposals failed.", stats.proposalsFailed);
    gauge("etcd_server_health_success", "Successful health checks.", stats.healthSuccesses::sum);
    gauge("etcd_server_health_failures", "Failed health checks.", stats.healthFailures::sum);
  }

  private void identity(MemberInfo member, ServiceLimits limits) {
    info("etcd_server_version", "Version.", "server_version", member.etcdVersion());
    info("mooring_server_version", "Own version.", "server_version", member.ownVersion());
    info(
        "etcd_server_id",
        "Member id, hexadecimal.",
        "server_id",
        Long.toHexString(member.memberId()));
    String cluster = member.clusterVersion();
    int patch = cluster.lastIndexOf('.');
    info(
        "etcd_cluster_version",
        "Cluster version.",
        "cluster_version",
        patch > 0 ? cluster.substring(0, patch) : cluster);
    gauge("etcd_server_quota_backend_bytes", "Quota of live bytes.", limits::quotaBytes);
  }

  private void store(Consensus consensus, ServiceStats stats, ChangeCounter changes) {
    gauge(
        "etcd_mvcc_db_total_size_in_bytes",
        "Bytes allocated.",
        () -> StoreFigures.of(consensus.view()).allocatedBytes());
    gauge(
        "etcd_mvcc_db_total_size_in_use_in_bytes",
        "Bytes of live versions.",
        () -> StoreFigures.liveBytes(consensus.view()));
    gauge(
        "etcd_mvcc_db_open_read_transactions",
        "Open snapshots.",
        () -> StoreFigures.of(consensus.view()).openSnapshots());
    counter("etcd_mvcc_put_total", "Puts applied.", changes.puts);
    counter("etcd_mvcc_delete_total", "Deletes applied.", changes.deletes);
    counter("etcd_mvcc_range_total", "Ranges answered.", stats.ranges);
    counter("etcd_mvcc_txn_total", "Transactions answered.", stats.txns);
    gauge(
        "etcd_debugging_mvcc_keys_total",
        "Keys alive.",
        () -> StoreFigures.of(consensus.view()).keyCount());
    gauge(
        "etcd_debugging_mvcc_current_revision",
        "Current revision.",
        () -> consensus.view().revision());
    gauge(
        "etcd_debugging_mvcc_compact_revision",
        "Compact revision.",
        () -> consensus.view().compactRevision());
    gauge(
        "mooring_apply_lag_entries",
        "Entries committed and not applied.",
        () -> {
          RaftStatus status = consensus.status();
          return status.commitIndex() - status.appliedIndex();
        });
    gauge(
        "mooring_engine_backlog_entries",
        "Commits that the engine has not written yet.",
        () -> StoreFigures.of(consensus.view()).backlogEntries());
  }

  /** Of a cluster, and of parts that cannot fail yet: there, so that dashboards find them. */
  private void unusedYet() {
    LongAdder none = new LongAdder();
    counter("etcd_server_heartbeat_send_failures_total", "Heartbeats not sent.", none);
    counter("etcd_server_slow_apply_total", "Slow applies.", none);
    counter("etcd_server_slow_read_indexes_total", "Slow read rounds.", none);
    counter("etcd_server_read_indexes_failed_total", "Failed read rounds.", none);
    gauge("etcd_server_snapshot_apply_in_progress_total", "Snapshots being applied.", () -> 0);
  }

  private void gauge(String name, String help, DoubleSupplier value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.getAsDouble()))
        .register(registry);
  }

  private void counter(String name, String help, LongAdder value) {
    counter(name, help, value::sum);
  }

  private void counter(String name, String help, DoubleSupplier value) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.getAsDouble()))
        .register(registry);
  }

  private void info(String name, String help, String label, String value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames(label)
        .callback(callback -> callback.call(1, value))
        .register(registry);
  }
}
