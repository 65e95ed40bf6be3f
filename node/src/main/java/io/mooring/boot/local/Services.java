package io.mooring.boot.local;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.LeaseGrantResponse;
import io.mooring.api.etcdserverpb.LeaseKeepAliveRequest;
import io.mooring.api.etcdserverpb.LeaseKeepAliveResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A registry with some life in it: instances of a few services, each a key on a lease that it keeps
 * alive. Now and then the oldest falls silent, so that its key goes with its lease, and a new one
 * comes. On one event loop.
 */
final class Services {

  /** Below this every key belongs to an instance. */
  static final String PREFIX = "/services/";

  private static final List<String> NAMES =
      List.of("cart", "catalog", "checkout", "payment", "search");
  private static final int INSTANCES_EACH = 2;
  private static final int TTL_SECONDS = 6;
  private static final long KEEP_ALIVE_MS = 2_000;
  private static final long CHANGE_MS = 10_000;

  private final Vertx vertx;
  private final MemberClient client;
  private final List<Integer> ports;
  private final Deque<Instance> instances = new ArrayDeque<>();
  private int started;

  /** One that keeps its lease alive. */
  private record Instance(String key, long leaseId) {}

  /**
   * Prepares them.
   *
   * @param ports of all members; calls go to each in turn
   */
  Services(Vertx vertx, MemberClient client, List<Integer> ports) {
    this.vertx = vertx;
    this.client = client;
    this.ports = ports;
  }

  /** Registers all; done when they are there. */
  Future<?> start() {
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < NAMES.size() * INSTANCES_EACH; i++) {
      all.add(register());
    }
    vertx.setPeriodic(KEEP_ALIVE_MS, timer -> List.copyOf(instances).forEach(this::keepAlive));
    vertx.setPeriodic(CHANGE_MS, timer -> replaceOldest());
    return Future.all(all);
  }

  private Future<?> register() {
    int number = ++started;
    String service = NAMES.get(number % NAMES.size());
    String key = PREFIX + service + "/" + number;
    String address = "{\"address\":\"10.0.0." + number % 250 + ":8080\"}";
    return call(
            "Lease",
            "LeaseGrant",
            LeaseGrantRequest.newBuilder().setTTL(TTL_SECONDS).build(),
            LeaseGrantResponse.getDefaultInstance())
        .compose(
            lease ->
                call(
                        "KV",
                        "Put",
                        PutRequest.newBuilder()
                            .setKey(ByteString.copyFromUtf8(key))
                            .setValue(ByteString.copyFromUtf8(address))
                            .setLease(lease.getID())
                            .build(),
                        PutResponse.getDefaultInstance())
                    .onSuccess(done -> instances.add(new Instance(key, lease.getID()))));
  }

  private void keepAlive(Instance instance) {
    LeaseKeepAliveRequest request =
        LeaseKeepAliveRequest.newBuilder().setID(instance.leaseId).build();
    call("Lease", "LeaseKeepAlive", request, LeaseKeepAliveResponse.getDefaultInstance())
        .onSuccess(
            answer -> {
              if (answer.getTTL() == 0) {
                instances.remove(instance); // nobody led for longer than a lease lives
              }
            });
  }

  private void replaceOldest() {
    instances.poll();
    register();
    if (instances.size() < NAMES.size() * INSTANCES_EACH - 1) {
      register();
    }
  }

  private <R extends com.google.protobuf.Message> Future<R> call(
      String service, String method, com.google.protobuf.Message request, R reply) {
    int port = ports.get(started % ports.size());
    return client.call(port, service, method, request, reply);
  }
}
