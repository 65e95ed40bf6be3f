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
import java.util.List;

/**
 * Single questions to other members, beside the streams and on connections of their own, so that
 * neither waits behind the other. Confined to the peer loop.
 */
final class PeerCalls {

  /** Questions under way; whoever comes beyond is told at once. */
  private static final int MAX_CALLS = 4_096;

  private final Loop loop;
  private final PeerIdentity self;
  private final GrpcClient client;
  private int calls;

  PeerCalls(Loop loop, Vertx vertx, PeerIdentity self, PeerConfig config) {
    this.loop = loop;
    this.self = self;
    this.client = PeerLink.client(vertx, config);
  }

  /**
   * Asks a member, at the first URL that takes it; fails when it is lost, or does not answer in
   * time.
   */
  Future<LeaderAnswer> ask(long memberId, List<URI> urls, LeaderAsk ask, long timeoutNs) {
    if (calls == MAX_CALLS) {
      return Future.failedFuture(new PeerLostException("too many questions to other members"));
    }
    calls++;
    Promise<LeaderAnswer> answer = loop.promise();
    Loop.Timer late =
        loop.timer(timeoutNs, () -> answer.tryFail(new PeerLostException("no answer in time")));
    LeaderAsk complete = ask.toBuilder().setGreeting(self.greeting(memberId)).build();
    connect(urls, 0)
        .compose(
            request -> {
              // Nobody waits any more: the other end need not either.
              answer.future().onFailure(cause -> request.cancel());
              return request.send(complete);
            })
        .compose(GrpcClientResponse::last)
        .onSuccess(answer::tryComplete)
        .onFailure(answer::tryFail);
    return answer
        .future()
        .onComplete(
            done -> {
              calls--;
              late.cancel();
            });
  }

  private Future<GrpcClientRequest<LeaderAsk, LeaderAnswer>> connect(List<URI> urls, int attempt) {
    URI url = urls.get(attempt);
    Future<GrpcClientRequest<LeaderAsk, LeaderAnswer>> one =
        client.request(
            SocketAddress.inetSocketAddress(url.getPort(), url.getHost()), PeerMethods.askFrom());
    return attempt + 1 < urls.size() ? one.recover(cause -> connect(urls, attempt + 1)) : one;
  }

  void close() {
    client.close();
  }
}
