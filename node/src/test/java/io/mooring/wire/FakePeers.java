package io.mooring.wire;

import io.mooring.api.etcdserverpb.MemberPromoteRequest;
import io.mooring.api.etcdserverpb.MemberPromoteResponse;
import io.mooring.error.ClusterError;
import io.mooring.error.EtcdError;
import io.mooring.loop.Loop;
import io.mooring.raft.Leadership;
import io.mooring.raft.MemberLinks;
import io.mooring.service.CallContext;
import io.mooring.service.LeaderCalls;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Other members, as a test says they are. */
public final class FakePeers implements MemberLinks, Leadership, LeaderCalls {

  public final Map<Long, Long> connectedNs = new ConcurrentHashMap<>();
  public final Map<Long, Long> matchIndex = new ConcurrentHashMap<>();
  public final List<Long> transfers = new CopyOnWriteArrayList<>();

  /** What a leader elsewhere answers to a promotion; null for success. */
  public volatile @Nullable EtcdError leaderSays;

  /** Whether transfers come about. */
  public volatile boolean transferable = true;

  public void connected(long memberId, long seconds) {
    connectedNs.put(memberId, TimeUnit.SECONDS.toNanos(seconds));
  }

  @Override
  public long connectedNs(long memberId) {
    return connectedNs.getOrDefault(memberId, -1L);
  }

  @Override
  public long matchIndex(long memberId) {
    return matchIndex.getOrDefault(memberId, UNKNOWN);
  }

  @Override
  public Future<Void> transfer(Loop loop, long memberId, long deadlineNs) {
    transfers.add(memberId);
    return transferable
        ? Future.succeededFuture()
        : Future.failedFuture(ClusterError.TRANSFER_TIMEOUT.exception());
  }

  @Override
  public Future<long[]> renew(Loop loop, long leaderId, long[] ids, long timeoutNs) {
    return Future.failedFuture(ClusterError.NOT_LEADER.exception());
  }

  @Override
  public Future<Long> remainingNs(Loop loop, long leaderId, long leaseId, long timeoutNs) {
    return Future.failedFuture(ClusterError.NOT_LEADER.exception());
  }

  @Override
  public Future<MemberPromoteResponse> promote(
      CallContext context, long leaderId, MemberPromoteRequest request, long timeoutNs) {
    EtcdError refusal = leaderSays;
    return refusal == null
        ? Future.succeededFuture(MemberPromoteResponse.getDefaultInstance())
        : Future.failedFuture(refusal.exception());
  }
}
