package io.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page against real etcd's: the same families, types and buckets, but for what is reviewed. */
class MetricsIT {

  /** Of etcd's v2 store, its files and its runtime: there is no such part here. */
  private static final Set<String> NOT_OURS =
      Set.of(
          "etcd_debugging_disk_backend_commit_rebalance_duration_seconds",
          "etcd_debugging_disk_backend_commit_spill_duration_seconds",
          "etcd_debugging_disk_backend_commit_write_duration_seconds",
          "etcd_debugging_snap_save_marshalling_duration_seconds",
          "etcd_debugging_snap_save_total_duration_seconds",
          "etcd_debugging_store_expires_total",
          "etcd_debugging_store_reads_total",
          "etcd_debugging_store_watch_requests_total",
          "etcd_debugging_store_watchers",
          "etcd_debugging_store_writes_total",
          "etcd_debugging_mvcc_db_compaction_keys_total",
          "process_virtual_memory_max_bytes");

  /** Names that 3.4 still had and the contract (3.7) has not. */
  private static final Set<String> OF_34 =
      Set.of(
          "etcd_debugging_mvcc_db_total_size_in_bytes",
          "etcd_debugging_mvcc_delete_total",
          "etcd_debugging_mvcc_put_total",
          "etcd_debugging_mvcc_range_total",
          "etcd_debugging_mvcc_txn_total");

  /** Counters without {@code _total} in their names, which the page can only show as gauges. */
  private static final Set<String> SHOWN_AS_GAUGE =
      Set.of(
          "etcd_server_health_success",
          "etcd_server_health_failures",
          "etcd_server_learner_promote_successes");

  @TempDir Path directory;

  @Test
  void theFamiliesAreEtcds() {
    try (ServerProcess etcd = ServerProcess.etcd(directory.resolve("etcd"));
        TestNode ours = TestNode.start(directory.resolve("ours"), "memory")) {
      for (int port : new int[] {etcd.clientPort(), ours.clientPort()}) {
        try (RawClient client = new RawClient(port)) {
          client.call(
              "etcdserverpb.KV/Put",
              PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("k")).build(),
              PutResponse.getDefaultInstance());
        }
      }
      MetricsPage theirPage = MetricsPage.of(etcd.clientPort());
      MetricsPage ourPage = MetricsPage.of(ours.clientPort());
      Map<String, String> expected = new TreeMap<>(theirPage.types());
      expected.keySet().removeIf(name -> name.matches("(go|promhttp|etcd_grpc_proxy)_.*"));
      expected.keySet().removeAll(NOT_OURS);
      expected.keySet().removeAll(OF_34);
      expected.replaceAll((name, type) -> SHOWN_AS_GAUGE.contains(name) ? "gauge" : type);
      assertThat(ourPage.types()).containsAllEntriesOf(expected);
      expected.forEach(
          (name, type) -> {
            if (type.equals("histogram")) {
              assertThat(ourPage.bounds(name)).as(name).isEqualTo(theirPage.bounds(name));
            }
          });
    }
  }
}
