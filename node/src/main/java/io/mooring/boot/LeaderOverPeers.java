package io.mooring.boot;

import io.mooring.api.etcdserverpb.MemberPromoteRequest;
import io.mooring.api.etcdserverpb.MemberPromoteResponse;
import io.mooring.api.internalpb.LeaderAnswer;
import io.mooring.api.internalpb.LeaderAsk;
import io.mooring.error.ClusterError;
import io.mooring.error.Code;
import io.mooring.error.EtcdError;
import io.mooring.error.ServerError;
import io.mooring.error.TransportError;
import io.mooring.loop.Loop;
import io.mooring.peer.PeerNetwork;
import io.mooring.service.CallContext;
import io.mooring.service.LeaderCalls;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Function;
import java.util.stream.LongStream;

/** Asks a leader that is another member, by the network between members. */
final class LeaderOverPeers implements LeaderCalls {

  private final PeerNetwork network;

  LeaderOverPeers(PeerNetwork network) {
    this.network = network;
  }

  @Override
  public Future<long[]> renew(Loop loop, long leaderId, long[] ids, long timeoutNs) {
    LeaderAsk.RenewLeases.Builder renew = LeaderAsk.RenewLeases.newBuilder();
    LongStream.of(ids).forEach(renew::addIds);
    LeaderAsk ask = LeaderAsk.newBuilder().setRenewLeases(renew).build();
    return ask(loop, leaderId, ask, timeoutNs, LeaderAnswer::getRenewed)
        .compose(
            renewed -> {
              List<Long> ttls = renewed.getTtlSecondsList();
              return ttls.size() == ids.length
                  ? Future.succeededFuture(ttls.stream().mapToLong(Long::longValue).toArray())
                  : Future.failedFuture(ServerError.TIMEOUT.exception());
            });
  }

  @Override
  public Future<Long> remainingNs(Loop loop, long leaderId, long leaseId, long timeoutNs) {
    LeaderAsk ask =
        LeaderAsk.newBuilder()
            .setRestOfLease(LeaderAsk.RestOfLease.newBuilder().setId(leaseId))
            .build();
    return ask(loop, leaderId, ask, timeoutNs, answer -> answer.getRest().getRemainingNs());
  }

  @Override
  public Future<MemberPromoteResponse> promote(
      CallContext context, long leaderId, MemberPromoteRequest request, long timeoutNs) {
    String token = context.token();
    LeaderAsk ask =
        LeaderAsk.newBuilder()
            .setPromoteLearner(
                LeaderAsk.PromoteLearner.newBuilder()
                    .setRequest(request)
                    .setToken(token == null ? "" : token))
            .build();
    return ask(context.loop(), leaderId, ask, timeoutNs, LeaderAnswer::getPromoted);
  }

  private <T> Future<T> ask(
      Loop loop, long leaderId, LeaderAsk ask, long timeoutNs, Function<LeaderAnswer, T> part) {
    return network
        .ask(loop, leaderId, ask, timeoutNs)
        .compose(
            answer ->
                answer.hasRefusal()
                    ? Future.failedFuture(refusal(answer.getRefusal()).exception())
                    : Future.succeededFuture(part.apply(answer)));
  }

  /** What moves a question on to the next leader is known by name, all else goes to the client. */
  private static EtcdError refusal(LeaderAnswer.Refusal refusal) {
    for (EtcdError known :
        List.of(ClusterError.NOT_LEADER, ServerError.LEADER_CHANGED, ServerError.NO_LEADER)) {
      if (known.text().equals(refusal.getText())) {
        return known;
      }
    }
    for (Code code : Code.values()) {
      if (code.number() == refusal.getCode()) {
        return new TransportError(code, refusal.getText());
      }
    }
    return new TransportError(Code.UNKNOWN, refusal.getText());
  }
}
