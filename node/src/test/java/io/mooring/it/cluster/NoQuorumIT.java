package io.mooring.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.LeaseGrantResponse;
import io.mooring.api.etcdserverpb.LeaseTimeToLiveRequest;
import io.mooring.api.etcdserverpb.LeaseTimeToLiveResponse;
import io.mooring.api.etcdserverpb.MemberListRequest;
import io.mooring.api.etcdserverpb.MemberListResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.StatusResponse;
import io.mooring.api.testing.Covers;
import io.mooring.base.Check;
import io.mooring.it.RawClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a member without a quorum says: etcd's words, and what it may still answer. */
class NoQuorumIT {

  private static final long LEASE = 7;
  private static final ByteString KEY = ByteString.copyFromUtf8("key");

  @TempDir Path temp;

  @Test
  @Covers("F9")
  void aMinorityAnswersWhatItMayAndNamesTheRest() {
    try (ServerCluster cluster = ServerCluster.start(temp, Program.mooring("memory"), 3)) {
      int leader = cluster.awaitLeader();
      try (RawClient client = new RawClient(cluster.clientPorts().get(leader), 20_000)) {
        ok(client, "Lease/LeaseGrant", grant(), LeaseGrantResponse.getDefaultInstance());
        ok(client, "KV/Put", put(), PutResponse.getDefaultInstance());
        cluster.kill9((leader + 1) % 3);
        cluster.kill9((leader + 2) % 3);
        Supplier<Status> write =
            () -> call(client, "KV/Put", put(), PutResponse.getDefaultInstance());
        // In the log of a leader that cannot reach anybody.
        CompletableFuture<Status> lost = CompletableFuture.supplyAsync(write);
        Awaitility.await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> Check.present(cluster.status(leader), "silent").getLeader() == 0);
        CompletableFuture<Status> held = CompletableFuture.supplyAsync(write);
        CompletableFuture<Status> read =
            CompletableFuture.supplyAsync(
                () -> call(client, "KV/Range", get(false), RangeResponse.getDefaultInstance()));
        CompletableFuture<Status> members =
            CompletableFuture.supplyAsync(
                () -> call(client, "Cluster/MemberList", list(), listed()));
        CompletableFuture<Status> rest =
            CompletableFuture.supplyAsync(
                () ->
                    call(
                        client,
                        "Lease/LeaseTimeToLive",
                        LeaseTimeToLiveRequest.newBuilder().setID(LEASE).build(),
                        LeaseTimeToLiveResponse.getDefaultInstance()));
        CompletableFuture<Status> renewal = CompletableFuture.supplyAsync(() -> keepAlive(client));

        StatusResponse status = Check.present(cluster.status(leader), "silent");
        assertThat(status.getErrorsList()).containsExactly("etcdserver: no leader");
        ok(client, "KV/Range", get(true), RangeResponse.getDefaultInstance());
        assertFailed(lost, Status.Code.UNAVAILABLE, "etcdserver: request timed out");
        assertFailed(held, Status.Code.DEADLINE_EXCEEDED, "context deadline exceeded");
        assertFailed(read, Status.Code.UNAVAILABLE, "etcdserver: request timed out");
        assertFailed(members, Status.Code.UNAVAILABLE, "etcdserver: request timed out");
        assertFailed(rest, Status.Code.UNAVAILABLE, "etcdserver: no leader");
        assertFailed(renewal, Status.Code.UNAVAILABLE, "etcdserver: no leader");

        cluster.restart((leader + 1) % 3);
        cluster.awaitLeader();
        ok(client, "KV/Put", put(), PutResponse.getDefaultInstance());
      }
    }
  }

  private static LeaseGrantRequest grant() {
    return LeaseGrantRequest.newBuilder().setID(LEASE).setTTL(600).build();
  }

  private static PutRequest put() {
    return PutRequest.newBuilder().setKey(KEY).build();
  }

  private static RangeRequest get(boolean serializable) {
    return RangeRequest.newBuilder().setKey(KEY).setSerializable(serializable).build();
  }

  private static MemberListRequest list() {
    return MemberListRequest.newBuilder().setLinearizable(true).build();
  }

  private static MemberListResponse listed() {
    return MemberListResponse.getDefaultInstance();
  }

  private static Status keepAlive(RawClient client) {
    try {
      client.keepAlive(LEASE);
      return Status.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
  }

  private static <R extends Message> Status call(
      RawClient client, String rpc, Message request, R reply) {
    return client.call("etcdserverpb." + rpc, request, reply).status();
  }

  private static <R extends Message> void ok(
      RawClient client, String rpc, Message request, R reply) {
    assertThat(call(client, rpc, request, reply).getCode()).as(rpc).isEqualTo(Status.Code.OK);
  }

  private static void assertFailed(CompletableFuture<Status> call, Status.Code code, String text) {
    Status status = call.join();
    assertThat(status.getCode()).as("%s", status).isEqualTo(code);
    assertThat(status.getDescription()).startsWith(text);
  }
}
