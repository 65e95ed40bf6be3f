package io.mooring.sim.cluster;

import static io.mooring.sim.cluster.Truth.that;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.LeaseGrantResponse;
import io.mooring.api.etcdserverpb.LeaseRevokeRequest;
import io.mooring.api.etcdserverpb.LeaseRevokeResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.internalpb.Command;
import io.mooring.error.ClusterError;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A client that holds leases: grants one, attaches a key, renews it for a while, and leaves it to
 * expire or revokes it. The promises that it was given are judged by the real time, less what
 * clocks may go wrong.
 */
final class LeaseHolder {

  private static final int TTL_SECONDS = 3;

  private final World world;
  private final SplittableRandom random;
  private final List<Held> all = new ArrayList<>();
  private long nextId = 1_000;
  private boolean stopped;

  /** An answered grant or renewal. */
  private record Renewal(long askedNs, long ttlSeconds) {}

  private static final class Held {
    final long id;
    final List<Renewal> renewals = new ArrayList<>();
    boolean revoked;

    Held(long id) {
      this.id = id;
    }
  }

  LeaseHolder(World world) {
    this.world = world;
    this.random = world.random.split();
  }

  void start() {
    world.courier.loop.timer(
        random.nextLong(4 * Settings.SECOND),
        () -> {
          if (!stopped) {
            grant(new Held(nextId++));
            start();
          }
        });
  }

  void stop() {
    stopped = true;
  }

  private void grant(Held lease) {
    LeaseGrantRequest request =
        LeaseGrantRequest.newBuilder().setID(lease.id).setTTL(TTL_SECONDS).build();
    long askedNs = world.nowNs();
    world.courier.call(
        world.anyMember(),
        (life, context) ->
            life.proposer.propose(context, Command.newBuilder().setLeaseGrant(request)),
        LeaseGrantResponse.parser(),
        answer -> {
          if (answer.ok()) {
            all.add(lease);
            lease.renewals.add(new Renewal(askedNs, answer.get().getTTL()));
            attach(lease);
            hold(lease, random.nextInt(8));
          }
        });
  }

  private void attach(Held lease) {
    PutRequest request =
        PutRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8("held/" + lease.id))
            .setValue(ByteString.copyFromUtf8("held by " + lease.id))
            .setLease(lease.id)
            .build();
    world.courier.call(
        world.anyMember(),
        (life, context) -> life.kv.put(context, request),
        PutResponse.parser(),
        answer -> {});
  }

  private void hold(Held lease, int times) {
    world.courier.loop.timer(
        random.nextLong(2 * Settings.SECOND),
        () -> {
          if (times > 0) {
            renew(lease, world.anyMember());
            hold(lease, times - 1);
          } else if (random.nextInt(3) == 0) {
            revoke(lease);
          }
        });
  }

  private void renew(Held lease, Member asked) {
    long askedNs = world.nowNs();
    world.courier.<long[]>ask(
        asked,
        (life, context) ->
            life.raft.status().leaderId() == asked.id
                ? life.leases.renew(context.loop(), new long[] {lease.id})
                : Future.failedFuture(ClusterError.NOT_LEADER.exception()),
        answer -> {
          if (answer.ok()) {
            lease.renewals.add(new Renewal(askedNs, answer.get()[0]));
          }
        });
  }

  private void revoke(Held lease) {
    lease.revoked = true;
    LeaseRevokeRequest request = LeaseRevokeRequest.newBuilder().setID(lease.id).build();
    world.courier.call(
        world.anyMember(),
        (life, context) ->
            life.proposer.propose(context, Command.newBuilder().setLeaseRevoke(request)),
        LeaseRevokeResponse.parser(),
        answer -> {});
  }

  /** Judges what it was promised; returns how many leases have expired. */
  long judge() {
    long expired = 0;
    for (Held lease : all) {
      Long goneNs = world.truth.leaseGoneNs(lease.id);
      if (goneNs == null) {
        continue;
      }
      expired += lease.revoked ? 0 : 1;
      for (Renewal renewal : lease.renewals) {
        if (renewal.ttlSeconds() > 0) {
          check(lease, renewal, goneNs);
        }
      }
    }
    return expired;
  }

  private void check(Held lease, Renewal renewal, long goneNs) {
    long livedNs = goneNs - renewal.askedNs();
    that(livedNs >= 0, () -> "P20 lease " + lease.id + " was renewed after its end: " + renewal);
    long ttlNs = renewal.ttlSeconds() * Settings.SECOND;
    long leastNs = ttlNs - ttlNs / 1_000_000 * world.settings.driftPpm();
    that(
        lease.revoked || livedNs >= leastNs,
        () -> "P18 lease " + lease.id + " lived " + livedNs + " ns after " + renewal);
  }

  /** Whether every lease that nobody holds any more has ended. */
  boolean allGone() {
    return all.stream().allMatch(lease -> world.truth.leaseGoneNs(lease.id) != null);
  }
}
