package io.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.stub.StreamObserver;
import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.CompactionResponse;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.DeleteRangeResponse;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.LeaseGrantResponse;
import io.mooring.api.etcdserverpb.LeaseRevokeRequest;
import io.mooring.api.etcdserverpb.LeaseRevokeResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.etcdserverpb.TxnResponse;
import io.mooring.api.etcdserverpb.WatchCreateRequest;
import io.mooring.api.etcdserverpb.WatchProgressRequest;
import io.mooring.api.etcdserverpb.WatchRequest;
import io.mooring.api.etcdserverpb.WatchResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every series that the operational contract names is there, and moves when something happens. */
class MetricsPageTest {

  private static final ByteString KEY = ByteString.copyFromUtf8("k");

  /** What one member of its own moves. */
  private static final List<String> MOVING =
      List.of(
          "etcd_server_proposals_committed_total",
          "etcd_server_proposals_applied_total",
          "etcd_server_health_success",
          "etcd_server_client_requests_total",
          "etcd_server_healthcheck",
          "etcd_server_healthchecks_total",
          "etcd_server_apply_duration_seconds",
          "etcd_server_range_duration_seconds",
          "etcd_server_request_duration_seconds",
          "etcd_mvcc_put_total",
          "etcd_mvcc_delete_total",
          "etcd_mvcc_range_total",
          "etcd_mvcc_txn_total",
          "etcd_disk_wal_fsync_duration_seconds",
          "etcd_disk_wal_write_duration_seconds",
          "etcd_disk_wal_write_bytes_total",
          "etcd_disk_backend_commit_duration_seconds",
          "etcd_network_client_grpc_received_bytes_total",
          "etcd_network_client_grpc_sent_bytes_total",
          "etcd_debugging_mvcc_current_revision",
          "etcd_debugging_mvcc_compact_revision",
          "etcd_debugging_mvcc_db_compaction_last",
          "etcd_debugging_mvcc_db_compaction_total_duration_milliseconds",
          "etcd_debugging_mvcc_keys_total",
          "etcd_debugging_mvcc_total_put_size_in_bytes",
          "etcd_debugging_mvcc_events_total",
          "etcd_debugging_mvcc_watch_stream_total",
          "etcd_debugging_mvcc_watcher_total",
          "etcd_debugging_lease_granted_total",
          "etcd_debugging_lease_revoked_total",
          "etcd_debugging_lease_renewed_total",
          "etcd_debugging_lease_ttl_total",
          "etcd_debugging_server_lease_expired_total",
          "etcd_debugging_server_watch_send_loop_watch_stream_duration_seconds",
          "etcd_debugging_server_watch_send_loop_watch_stream_duration_per_event_seconds",
          "etcd_debugging_server_watch_send_loop_control_stream_duration_seconds",
          "etcd_debugging_server_watch_send_loop_progress_duration_seconds",
          "grpc_server_started_total",
          "grpc_server_msg_received_total",
          "grpc_server_msg_sent_total",
          "grpc_server_handled_total",
          "grpc_server_handling_seconds",
          "process_cpu_seconds_total",
          "mooring_engine_commit_duration_seconds",
          "mooring_loop_delay_seconds");

  /** What a healthy member of its own leaves as it is. */
  private static final List<String> PRESENT =
      List.of(
          "etcd_server_has_leader",
          "etcd_server_is_leader",
          "etcd_server_is_learner",
          "etcd_server_leader_changes_seen_total",
          "etcd_server_proposals_pending",
          "etcd_server_proposals_failed_total",
          "etcd_server_quota_backend_bytes",
          "etcd_server_heartbeat_send_failures_total",
          "etcd_server_slow_apply_total",
          "etcd_server_slow_read_indexes_total",
          "etcd_server_read_indexes_failed_total",
          "etcd_server_learner_promote_successes",
          "etcd_server_health_failures",
          "etcd_server_snapshot_apply_in_progress_total",
          "etcd_server_version",
          "etcd_server_go_version",
          "etcd_server_id",
          "etcd_cluster_version",
          "etcd_server_feature_enabled",
          "etcd_mvcc_db_total_size_in_bytes",
          "etcd_mvcc_db_total_size_in_use_in_bytes",
          "etcd_mvcc_db_open_read_transactions",
          "etcd_mvcc_hash_duration_seconds",
          "etcd_mvcc_hash_rev_duration_seconds",
          "etcd_disk_backend_defrag_duration_seconds",
          "etcd_disk_backend_snapshot_duration_seconds",
          "etcd_disk_defrag_inflight",
          "etcd_snap_db_fsync_duration_seconds",
          "etcd_snap_db_save_total_duration_seconds",
          "etcd_snap_fsync_duration_seconds",
          "etcd_network_server_stream_failures_total",
          "etcd_debugging_mvcc_slow_watcher_total",
          "etcd_debugging_mvcc_pending_events_total",
          "etcd_debugging_mvcc_db_compaction_pause_duration_milliseconds",
          "etcd_debugging_mvcc_index_compaction_pause_duration_milliseconds",
          "etcd_debugging_auth_revision",
          "os_fd_used",
          "os_fd_limit",
          "process_resident_memory_bytes",
          "process_virtual_memory_bytes",
          "process_open_fds",
          "process_max_fds",
          "process_start_time_seconds",
          "mooring_engine_backlog_entries",
          "mooring_engine_backlog_bytes",
          "mooring_engine_heap_bytes",
          "mooring_apply_lag_entries",
          "mooring_reads_waiting",
          "mooring_replies_in_flight_bytes",
          "mooring_pins",
          "mooring_watch_queued_bytes");

  @TempDir Path directory;

  @Test
  void everySeriesIsThereAndMoves() {
    try (TestNode node =
            TestNode.start(
                directory.resolve("m"),
                "lmdb",
                "--metrics=extensive",
                "--heartbeat-interval=10",
                "--election-timeout=100");
        RawClient client = new RawClient(node.clientPort())) {
      int port = node.clientPort();
      MetricsPage before = MetricsPage.of(port);
      assertThat(before.types().keySet()).containsAll(PRESENT).containsAll(MOVING);
      exercise(port, client);
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () -> assertThat(MetricsPage.still(MOVING, before, MetricsPage.of(port))).isEmpty());
      MetricsPage after = MetricsPage.of(port);
      assertThat(after.value("etcd_server_is_leader")).isEqualTo(1);
      assertThat(after.value("os_fd_used")).isPositive();
      assertThat(after.value("os_fd_limit")).isGreaterThan(after.value("os_fd_used"));
      assertThat(after.value("process_resident_memory_bytes")).isGreaterThan(1 << 20);
      assertThat(
              after.value(
                  "etcd_server_apply_duration_seconds_count"
                      + "{op=\"Put\",success=\"true\",version=\"v3\"}"))
          .isEqualTo(3);
      assertThat(
              after.value(
                  "etcd_server_request_duration_seconds_count{success=\"false\",type=\"Range\"}"))
          .isEqualTo(1);
      assertThat(
              after.value(
                  "grpc_server_handling_seconds_count{grpc_method=\"Put\","
                      + "grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"}"))
          .isEqualTo(3);
      assertThat(after.bounds("etcd_disk_wal_fsync_duration_seconds"))
          .hasSize(15)
          .startsWith(0.001, 0.002)
          .contains(0.064, 8.192);
    }
  }

  @Test
  void theBasicPageHasNoLatencyOfCalls() {
    try (TestNode node = TestNode.start(directory.resolve("m"), "memory")) {
      MetricsPage page = MetricsPage.of(node.clientPort());
      assertThat(page.types()).doesNotContainKey("grpc_server_handling_seconds");
      assertThat(page.types()).containsKey("grpc_server_handled_total");
      assertThat(
              page.value(
                  "grpc_server_handled_total{grpc_code=\"Unavailable\",grpc_method=\"Watch\","
                      + "grpc_service=\"etcdserverpb.Watch\",grpc_type=\"bidi_stream\"}"))
          .isZero();
    }
  }

  private static void exercise(int port, RawClient client) {
    watch(client);
    for (int i = 0; i < 3; i++) {
      ok(client, "KV/Put", put("v" + i), PutResponse.getDefaultInstance());
    }
    RangeRequest get = RangeRequest.newBuilder().setKey(KEY).build();
    ok(client, "KV/Range", get, RangeResponse.getDefaultInstance());
    ok(
        client,
        "KV/DeleteRange",
        DeleteRangeRequest.newBuilder().setKey(KEY).build(),
        DeleteRangeResponse.getDefaultInstance());
    TxnRequest txn =
        TxnRequest.newBuilder()
            .addSuccess(RequestOp.newBuilder().setRequestPut(put("t")))
            .addSuccess(RequestOp.newBuilder().setRequestRange(get))
            .build();
    ok(client, "KV/Txn", txn, TxnResponse.getDefaultInstance());
    ok(
        client,
        "KV/Compact",
        CompactionRequest.newBuilder().setRevision(3).setPhysical(true).build(),
        CompactionResponse.getDefaultInstance());
    RangeRequest old = get.toBuilder().setRevision(2).build();
    assertThat(call(client, "KV/Range", old, RangeResponse.getDefaultInstance()).ok()).isFalse();
    leases(client);
    for (String path : List.of("/health", "/readyz", "/livez")) {
      assertThat(MetricsPage.get(port, path)).isNotEmpty();
    }
  }

  private static void leases(RawClient client) {
    for (long id = 1; id <= 2; id++) {
      ok(
          client,
          "Lease/LeaseGrant",
          LeaseGrantRequest.newBuilder().setID(id).setTTL(id == 1 ? 600 : 1).build(),
          LeaseGrantResponse.getDefaultInstance());
    }
    client.keepAlive(1);
    ok(
        client,
        "Lease/LeaseRevoke",
        LeaseRevokeRequest.newBuilder().setID(1).build(),
        LeaseRevokeResponse.getDefaultInstance());
  }

  private static void watch(RawClient client) {
    AtomicInteger heard = new AtomicInteger();
    StreamObserver<WatchRequest> requests =
        client.watch(
            new StreamObserver<>() {
              @Override
              public void onNext(WatchResponse value) {
                heard.incrementAndGet();
              }

              @Override
              public void onError(Throwable cause) {}

              @Override
              public void onCompleted() {}
            });
    requests.onNext(
        WatchRequest.newBuilder()
            .setCreateRequest(WatchCreateRequest.newBuilder().setKey(KEY).setStartRevision(1))
            .build());
    await().until(() -> heard.get() > 0);
    await()
        .until(
            () -> {
              requests.onNext(
                  WatchRequest.newBuilder()
                      .setProgressRequest(WatchProgressRequest.getDefaultInstance())
                      .build());
              return heard.get() > 1;
            });
  }

  private static PutRequest put(String value) {
    return PutRequest.newBuilder().setKey(KEY).setValue(ByteString.copyFromUtf8(value)).build();
  }

  private static <R extends Message> void ok(
      RawClient client, String rpc, Message request, R reply) {
    assertThat(call(client, rpc, request, reply).status().isOk()).as(rpc).isTrue();
  }

  private static <R extends Message> RawClient.Reply<R> call(
      RawClient client, String rpc, Message request, R reply) {
    return client.call("etcdserverpb." + rpc, request, reply);
  }
}
