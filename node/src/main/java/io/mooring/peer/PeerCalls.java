package io.mooring.peer;

import io.mooring.api.internalpb.LeaderAnswer;
import io.mooring.api.internalpb.LeaderAsk;
import io.mooring.loop.Loop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Single questions to other members, beside the streams and on connections of their own, so that
 * neither waits behind the other. Confined to the peer loop.
 */
final class PeerCalls {

  /** Questions under way; whoever comes beyond is told at once. */
  private static final int MAX_CALLS = 4_096;

  private static final long NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private final Loop loop;
  private final PeerIdentity self;
  private final GrpcClient client;

  /** Which URL of each member is next; of those that have failed. */
  private final Map<Long, Integer> turns = new HashMap<>();

  private int calls;

  PeerCalls(Loop loop, Vertx vertx, PeerIdentity self, PeerConfig config) {
    this.loop = loop;
    this.self = self;
    this.client = PeerClients.of(vertx, config);
  }

  /**
   * Asks a member; the other end is told for how long. Fails when it is lost, or does not answer in
   * time.
   *
   * @param urls all of the member's; each is tried until one takes the connection
   */
  Future<LeaderAnswer> ask(long memberId, List<URI> urls, LeaderAsk ask, long timeoutNs) {
    if (calls == MAX_CALLS) {
      return Future.failedFuture(new PeerLostException("too many questions to other members"));
    }
    calls++;
    Promise<LeaderAnswer> answer = loop.promise();
    Call call =
        new Call(
            memberId,
            urls,
            ask.toBuilder().setGreeting(self.greeting(memberId)).build(),
            loop.nowNs() + timeoutNs,
            answer);
    Loop.Timer late =
        loop.timer(timeoutNs, () -> answer.tryFail(new PeerLostException("no answer in time")));
    Future<LeaderAnswer> ended =
        answer
            .future()
            .onComplete(
                done -> {
                  calls--;
                  late.cancel();
                });
    connect(call, urls.size());
    return ended;
  }

  /** One question under way, until its promise is complete. */
  private record Call(
      long memberId, List<URI> urls, LeaderAsk ask, long deadlineNs, Promise<LeaderAnswer> answer) {
    boolean isOver() {
      return answer.future().isComplete();
    }
  }

  /**
   * Tries the member's URLs in turn, beginning with the one that was good last. Only a connection
   * is tried again: what has been sent may have had its effect.
   */
  private void connect(Call call, int left) {
    int turn = turns.getOrDefault(call.memberId, 0);
    URI url = call.urls.get(turn % call.urls.size());
    client
        .request(
            SocketAddress.inetSocketAddress(url.getPort(), url.getHost()), PeerMethods.askFrom())
        .onSuccess(request -> send(call, request))
        .onFailure(
            cause -> {
              if (turns.getOrDefault(call.memberId, 0) == turn) {
                turns.put(call.memberId, (turn + 1) % call.urls.size());
              }
              if (left > 1 && !call.isOver()) {
                connect(call, left - 1);
              } else {
                call.answer.tryFail(cause);
              }
            });
  }

  private void send(Call call, GrpcClientRequest<LeaderAsk, LeaderAnswer> request) {
    // Rounded up: 0 would mean no deadline.
    long leftMs = (call.deadlineNs - loop.nowNs()) / NANOS_PER_MILLI + 1;
    if (call.isOver() || leftMs <= 0) {
      request.cancel();
      return;
    }
    // Nobody waits any more: the other end need not either.
    call.answer.future().onFailure(cause -> request.cancel());
    request
        .timeout(leftMs, TimeUnit.MILLISECONDS)
        .send(call.ask)
        .compose(GrpcClientResponse::last)
        .onSuccess(call.answer::tryComplete)
        .onFailure(call.answer::tryFail);
  }

  void close() {
    client.close();
  }
}
