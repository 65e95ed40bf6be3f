package io.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.stub.StreamObserver;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.LeaseGrantResponse;
import io.mooring.api.etcdserverpb.LeaseKeepAliveRequest;
import io.mooring.api.etcdserverpb.LeaseKeepAliveResponse;
import io.mooring.api.etcdserverpb.LeaseLeasesRequest;
import io.mooring.api.etcdserverpb.LeaseLeasesResponse;
import io.mooring.api.etcdserverpb.LeaseRevokeRequest;
import io.mooring.api.etcdserverpb.LeaseRevokeResponse;
import io.mooring.api.etcdserverpb.LeaseTimeToLiveRequest;
import io.mooring.api.etcdserverpb.LeaseTimeToLiveResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.WatchCreateRequest;
import io.mooring.api.etcdserverpb.WatchRequest;
import io.mooring.api.etcdserverpb.WatchResponse;
import io.mooring.api.mvccpb.Event;
import io.mooring.api.testing.Covers;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Thousands of leases granted, kept alive, revoked and left alone at the same time, over the wire
 * and by the real clock: none ends early, none lives longer than its TTL and two seconds, none is
 * left over. Longer by {@code -Dlease.churn=…}.
 */
class LeaseChurnIT {

  private static final int LEASES = Integer.getInteger("lease.churn", 4_000);
  private static final int THREADS = 8;
  private static final int STREAMS = 4;
  private static final long KEEP_ALIVE_MS = 300;
  private static final long KEPT_FOR_NS = TimeUnit.MILLISECONDS.toNanos(3_500);
  private static final long LATE_NS = TimeUnit.SECONDS.toNanos(2);

  @TempDir Path temp;

  private final Map<ByteString, Life> lives = new ConcurrentHashMap<>();
  private final Queue<String> faults = new ConcurrentLinkedQueue<>();

  private enum Fate {
    LEFT_ALONE,
    REVOKED,
    KEPT,
    KEPT_AND_REVOKED
  }

  /** What a client knows of one lease. Moments are of {@link System#nanoTime}. */
  private static final class Life {
    final long id;
    final long ttlNs;
    final Fate fate;
    final long bornNs;

    /** Of the grant, or the last keep-alive that was answered with a TTL. */
    volatile long renewSentNs;

    volatile long renewHeardNs;
    volatile boolean attached;
    volatile boolean revoked;
    volatile long endedNs;

    Life(long id, long ttlSeconds, Fate fate, long sentNs, long heardNs) {
      this.id = id;
      this.ttlNs = TimeUnit.SECONDS.toNanos(ttlSeconds);
      this.fate = fate;
      this.bornNs = heardNs;
      renewSentNs = sentNs;
      renewHeardNs = heardNs;
    }

    boolean keeps(long nowNs) {
      return attached && !revoked && fate.compareTo(Fate.KEPT) >= 0 && nowNs - bornNs < KEPT_FOR_NS;
    }
  }

  @Test
  @Covers({"P17", "P18", "P19", "P20", "L6"})
  void noneEndsEarlyNoneLateNoneIsLeftOver() throws Exception {
    long seed = Long.getLong("lease.seed", new SecureRandom().nextLong());
    try (TestNode mooring = TestNode.start(temp, "lmdb");
        RawClient client = new RawClient(mooring.clientPort())) {
      Ends ends = new Ends();
      client.watch(ends).onNext(watchAll());
      assertThat(ends.created.await(10, TimeUnit.SECONDS)).isTrue();
      ScheduledExecutorService clock = Executors.newScheduledThreadPool(STREAMS);
      for (int i = 0; i < STREAMS; i++) {
        KeepAlives stream = new KeepAlives(client, i);
        clock.scheduleWithFixedDelay(stream::sendAll, 0, KEEP_ALIVE_MS, TimeUnit.MILLISECONDS);
      }
      churn(client, seed);
      Awaitility.await("-Dlease.seed=" + seed)
          .atMost(Duration.ofSeconds(20))
          .until(() -> lives.values().stream().allMatch(life -> life.endedNs != 0));
      clock.shutdownNow();
      assertThat(lives).hasSize(LEASES);
      lives.values().forEach(this::judge);
      assertThat(faults).as("-Dlease.seed=" + seed).isEmpty();
      assertThat(leases(client).getLeasesList()).isEmpty();
      assertThat(keys(client).getCount()).isZero();
    }
  }

  private void churn(RawClient client, long seed) throws Exception {
    var workers = Executors.newFixedThreadPool(THREADS);
    List<Future<?>> done = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      Random random = new Random(seed + i);
      int first = i;
      done.add(
          workers.submit(
              () -> {
                Queue<Life> kept = new ConcurrentLinkedQueue<>();
                for (int n = first; n < LEASES; n += THREADS) {
                  live(client, random, kept);
                }
                kept.forEach(life -> revoke(client, life));
              }));
    }
    for (Future<?> worker : done) {
      worker.get();
    }
    workers.shutdown();
  }

  /** Grants a lease, gives it a key, and begins what its fate is. */
  private void live(RawClient client, Random random, Queue<Life> kept) {
    Fate fate = Fate.values()[random.nextInt(Fate.values().length)];
    long sentNs = System.nanoTime();
    LeaseGrantResponse grant =
        call(
            client,
            "Lease/LeaseGrant",
            LeaseGrantRequest.newBuilder().setTTL(1 + random.nextInt(3)).build(),
            LeaseGrantResponse.getDefaultInstance());
    Life life = new Life(grant.getID(), grant.getTTL(), fate, sentNs, System.nanoTime());
    lives.put(key(life.id), life);
    call(
        client,
        "KV/Put",
        PutRequest.newBuilder().setKey(key(life.id)).setLease(life.id).build(),
        PutResponse.getDefaultInstance());
    life.attached = true;
    if (random.nextInt(4) == 0) {
      timeToLive(client, life, grant.getTTL());
    }
    if (fate == Fate.REVOKED) {
      revoke(client, life);
    } else if (fate == Fate.KEPT_AND_REVOKED) {
      kept.add(life);
    }
  }

  private void timeToLive(RawClient client, Life life, long ttlSeconds) {
    long renewedNs = life.renewSentNs;
    LeaseTimeToLiveResponse rest =
        call(
            client,
            "Lease/LeaseTimeToLive",
            LeaseTimeToLiveRequest.newBuilder().setID(life.id).setKeys(true).build(),
            LeaseTimeToLiveResponse.getDefaultInstance());
    boolean mustLive = System.nanoTime() - renewedNs < life.ttlNs;
    if (rest.getGrantedTTL() != ttlSeconds
        || rest.getTTL() > ttlSeconds
        || !rest.getKeysList().equals(List.of(key(life.id)))) {
      if (mustLive) {
        faults.add("lease " + life.id + " said of itself " + rest);
      }
    }
  }

  private void revoke(RawClient client, Life life) {
    boolean mustLive = System.nanoTime() - life.renewSentNs < life.ttlNs;
    life.revoked = true;
    boolean revoked =
        client
            .call(
                "etcdserverpb.Lease/LeaseRevoke",
                LeaseRevokeRequest.newBuilder().setID(life.id).build(),
                LeaseRevokeResponse.getDefaultInstance())
            .ok();
    if (!revoked && mustLive && System.nanoTime() - life.renewSentNs < life.ttlNs) {
      faults.add("lease " + life.id + " was gone before its time, at its revoke");
    }
  }

  private void judge(Life life) {
    long lateNs = life.endedNs - life.renewHeardNs - life.ttlNs;
    if (lateNs > LATE_NS) {
      faults.add("lease " + life.id + ", " + life.fate + ", ended late by ns " + lateNs);
    }
    long earlyNs = life.renewSentNs + life.ttlNs - life.endedNs;
    if (!life.revoked && earlyNs > 0) {
      faults.add("lease " + life.id + ", " + life.fate + ", ended early by ns " + earlyNs);
    }
  }

  /** Hears when keys go. */
  private final class Ends implements StreamObserver<WatchResponse> {
    final CountDownLatch created = new CountDownLatch(1);

    @Override
    public void onNext(WatchResponse response) {
      created.countDown();
      for (Event event : response.getEventsList()) {
        if (event.getType() == Event.EventType.DELETE) {
          Life life = lives.get(event.getKv().getKey());
          if (life.endedNs != 0) {
            faults.add("lease " + life.id + " ended twice");
          }
          life.endedNs = System.nanoTime();
        }
      }
    }

    @Override
    public void onError(Throwable cause) {}

    @Override
    public void onCompleted() {}
  }

  /** A stream that keeps its share of the leases alive. Answers come in the order of requests. */
  private final class KeepAlives implements StreamObserver<LeaseKeepAliveResponse> {
    private final int number;
    private final StreamObserver<LeaseKeepAliveRequest> requests;
    private final Queue<Asked> asked = new ConcurrentLinkedQueue<>();

    private record Asked(Life life, long sentNs) {}

    KeepAlives(RawClient client, int number) {
      this.number = number;
      this.requests =
          client.stream(
              "etcdserverpb.Lease/LeaseKeepAlive",
              LeaseKeepAliveRequest.getDefaultInstance(),
              LeaseKeepAliveResponse.getDefaultInstance(),
              this);
    }

    void sendAll() {
      for (Life life : lives.values()) {
        long nowNs = System.nanoTime();
        if (Math.floorMod(life.id, STREAMS) == number && life.keeps(nowNs)) {
          asked.add(new Asked(life, nowNs));
          requests.onNext(LeaseKeepAliveRequest.newBuilder().setID(life.id).build());
        }
      }
    }

    @Override
    public void onNext(LeaseKeepAliveResponse response) {
      long nowNs = System.nanoTime();
      Asked ask = asked.remove();
      Life life = ask.life;
      if (life.id != response.getID()) {
        faults.add("asked for lease " + life.id + ", answered of " + response.getID());
      } else if (response.getTTL() > 0) {
        life.renewSentNs = ask.sentNs;
        life.renewHeardNs = nowNs;
      } else if (!life.revoked && nowNs - life.renewSentNs < life.ttlNs) {
        faults.add("lease " + life.id + " was gone before its time, at a keep-alive");
      }
    }

    @Override
    public void onError(Throwable cause) {}

    @Override
    public void onCompleted() {}
  }

  private <R extends Message> R call(RawClient client, String method, Message request, R reply) {
    return client.call("etcdserverpb." + method, request, reply).value();
  }

  private LeaseLeasesResponse leases(RawClient client) {
    return call(
        client,
        "Lease/LeaseLeases",
        LeaseLeasesRequest.getDefaultInstance(),
        LeaseLeasesResponse.getDefaultInstance());
  }

  private RangeResponse keys(RawClient client) {
    ByteString all = ByteString.copyFrom(new byte[1]);
    return call(
        client,
        "KV/Range",
        RangeRequest.newBuilder().setKey(all).setRangeEnd(all).setCountOnly(true).build(),
        RangeResponse.getDefaultInstance());
  }

  private static WatchRequest watchAll() {
    ByteString all = ByteString.copyFrom(new byte[1]);
    return WatchRequest.newBuilder()
        .setCreateRequest(WatchCreateRequest.newBuilder().setKey(all).setRangeEnd(all))
        .build();
  }

  private static ByteString key(long leaseId) {
    return ByteString.copyFromUtf8(Long.toHexString(leaseId));
  }
}
