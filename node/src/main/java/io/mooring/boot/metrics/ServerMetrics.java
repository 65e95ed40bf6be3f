package io.mooring.boot.metrics;

import io.mooring.api.etcdserverpb.AlarmMember;
import io.mooring.api.etcdserverpb.AlarmType;
import io.mooring.base.Histogram;
import io.mooring.raft.Consensus;
import io.mooring.raft.RaftStatus;
import io.mooring.service.MemberInfo;
import java.util.List;

/**
 * Who this member is and where it stands. The types are etcd's, some of which surprise: several
 * totals are gauges. Where a counter's name lacks {@code _total} the page can only show a gauge.
 */
final class ServerMetrics {

  /** Alerts divide the size by the quota: zero would always be too much, and nothing never is. */
  private static final double NO_QUOTA = Long.MAX_VALUE;

  /** Gates of etcd, and whether what they stand for is in force here. */
  private static final List<Gate> GATES =
      List.of(
          new Gate("CompactHashCheck", "ALPHA", false),
          new Gate("FastLeaseKeepAlive", "BETA", true),
          new Gate("InitialCorruptCheck", "ALPHA", false),
          new Gate("LeaseCheckpoint", "ALPHA", true),
          new Gate("LeaseCheckpointPersist", "DEPRECATED", true),
          new Gate("PriorityRequest", "ALPHA", true),
          new Gate("SetMemberLocalAddr", "ALPHA", false),
          new Gate("StopGRPCServiceOnDefrag", "ALPHA", false),
          new Gate("TxnModeWriteWithSharedBuffer", "BETA", false));

  private record Gate(String name, String stage, boolean enabled) {}

  private final Registrar registrar;
  private final Sources sources;

  ServerMetrics(Registrar registrar, Sources sources) {
    this.registrar = registrar;
    this.sources = sources;
  }

  void register() {
    identity();
    leadership();
    proposals();
    alarms();
    snapshots();
    ofClusters();
    registrar.counter(
        "mooring_tls_on_plain_port_total",
        "Connections hung up on because they began with a TLS handshake.",
        () -> sources.hellos().count());
  }

  private void identity() {
    MemberInfo member = sources.member();
    registrar.info("etcd_server_version", "Version.", "server_version", member.etcdVersion());
    registrar.info("mooring_server_version", "Own version.", "server_version", member.ownVersion());
    registrar.info(
        "etcd_server_go_version",
        "What it runs on.",
        "server_go_version",
        "java" + Runtime.version().feature());
    registrar.info(
        "etcd_server_id",
        "Member id, hexadecimal.",
        "server_id",
        Long.toHexString(member.memberId()));
    String cluster = member.clusterVersion();
    int patch = cluster.lastIndexOf('.');
    registrar.info(
        "etcd_cluster_version",
        "Cluster version.",
        "cluster_version",
        patch > 0 ? cluster.substring(0, patch) : cluster);
    registrar.gauge(
        "etcd_server_quota_backend_bytes",
        "Quota of live bytes; without one, more than can ever be used.",
        () -> sources.limits().quotaBytes() > 0 ? sources.limits().quotaBytes() : NO_QUOTA);
    registrar.gauges(
        "etcd_server_feature_enabled",
        "Whether what a gate stands for is in force.",
        new String[] {"name", "stage"},
        series -> {
          for (Gate gate : GATES) {
            series.show(gate.enabled ? 1 : 0, gate.name, gate.stage);
          }
        });
  }

  private void leadership() {
    Consensus consensus = sources.consensus();
    long memberId = sources.member().memberId();
    registrar.gauge(
        "etcd_server_has_leader",
        "Whether a leader is known.",
        () -> consensus.status().leaderId() == 0 ? 0 : 1);
    registrar.gauge(
        "etcd_server_is_leader",
        "Whether this member leads.",
        () -> consensus.status().leaderId() == memberId ? 1 : 0);
    registrar.gauge(
        "etcd_server_is_learner",
        "Whether this member is a learner.",
        () -> consensus.view().members().isLearner(memberId) ? 1 : 0);
    registrar.counter(
        "etcd_server_leader_changes_seen_total",
        "Leader changes seen.",
        () -> consensus.status().leaderChanges());
  }

  private void proposals() {
    Consensus consensus = sources.consensus();
    registrar.gauge(
        "etcd_server_proposals_committed_total",
        "Consensus proposals committed.",
        () -> consensus.status().commitIndex());
    registrar.gauge(
        "etcd_server_proposals_applied_total",
        "Consensus proposals applied.",
        () -> consensus.status().appliedIndex());
    registrar.gauge(
        "etcd_server_proposals_pending",
        "Proposals waiting for their outcome.",
        () -> sources.services().proposalsPending());
    registrar.counter(
        "etcd_server_proposals_failed_total",
        "Proposals failed.",
        () -> sources.services().proposalsFailed());
    registrar.gauge(
        "mooring_apply_lag_entries",
        "Entries committed and not applied.",
        () -> {
          RaftStatus status = consensus.status();
          return status.commitIndex() - status.appliedIndex();
        });
  }

  private void alarms() {
    registrar.gauge(
        "etcd_debugging_auth_revision",
        "Revision of users, roles and permissions.",
        () -> sources.consensus().view().auth().revision());
    registrar.gauges(
        "etcd_debugging_server_alarms",
        "Active alarms.",
        new String[] {"server_id", "alarm_type"},
        series -> {
          for (AlarmMember alarm : sources.consensus().view().alarms().list(AlarmType.NONE)) {
            series.show(1, Long.toHexString(alarm.getMemberID()), alarm.getAlarm().name());
          }
        });
  }

  /** Snapshots between members, and of the engine as a whole. */
  private void snapshots() {
    registrar.gauge(
        "etcd_server_snapshot_apply_in_progress_total",
        "Snapshots being applied.",
        () -> sources.installs().isInstalling() ? 1 : 0);
    registrar.histogram(
        "etcd_snap_db_fsync_duration_seconds",
        "Syncs of a received snapshot.",
        Registrar.SECONDS,
        sources.installs().syncsNs());
    registrar.histogram(
        "etcd_snap_db_save_total_duration_seconds",
        "Saves of a received snapshot.",
        Registrar.SECONDS,
        sources.installs().savesNs());
    seconds("etcd_snap_fsync_duration_seconds", "Syncs of a snapshot file.", 1, 14);
    seconds("etcd_disk_backend_snapshot_duration_seconds", "Backups sent to clients.", 10, 17);
    seconds("etcd_disk_backend_defrag_duration_seconds", "Defragmentations.", 100, 13);
    registrar.gauge("etcd_disk_defrag_inflight", "Defragmentations under way.", () -> 0);
  }

  /** What only members of a cluster have to count. */
  private void ofClusters() {
    registrar.counter(
        "etcd_server_heartbeat_send_failures_total",
        "Heartbeats sent too late, probably because this leader is overloaded.",
        () -> sources.raft().lateHeartbeats());
    registrar.counter(
        "etcd_server_slow_read_indexes_total",
        "Read indexes that were not confirmed in time.",
        () -> sources.raft().slowReads());
    registrar.counter(
        "etcd_server_read_indexes_failed_total",
        "Read indexes that failed, the leader having changed.",
        () -> sources.raft().failedReads());
    registrar.gauge(
        "etcd_server_learner_promote_successes",
        "Learners promoted by this member.",
        () -> sources.services().promotions());
    registrar.gauges(
        "etcd_server_learner_promote_failures",
        "Learners not promoted.",
        new String[] {"Reason"},
        series ->
            sources
                .services()
                .forEachPromotionFailure((reason, count) -> series.show(count, reason)));
  }

  private void seconds(String name, String help, int firstMs, int bounds) {
    registrar.histogram(
        name, help, Registrar.SECONDS, Histogram.doubling(firstMs * 1_000_000L, bounds));
  }
}
