package io.mooring.peer;

import io.mooring.api.internalpb.ClusterDescription;
import io.mooring.api.internalpb.DescribeCluster;
import io.mooring.loop.VertxLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientResponse;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/** Asks whoever listens at some peer URLs which cluster it is a member of. */
public final class PeerProbe {

  /** A description of more members than anybody has. */
  private static final int MAX_ANSWER_BYTES = 1 << 20;

  private PeerProbe() {}

  /**
   * Asks all of them at once. Any thread.
   *
   * @param loop the peer loop
   * @param timeoutNs how long to wait for those that do not answer
   * @return what those said that answered in time, perhaps nothing; unchecked. Never fails
   */
  public static Future<List<ClusterDescription>> ask(
      VertxLoop loop, Vertx vertx, List<URI> urls, long timeoutNs) {
    Promise<List<ClusterDescription>> all = loop.promise();
    loop.execute(
        () -> {
          GrpcClient client = PeerClients.of(vertx, MAX_ANSWER_BYTES, timeoutNs);
          List<Future<ClusterDescription>> asked = new ArrayList<>();
          for (URI url : urls) {
            asked.add(askOne(loop, client, url, timeoutNs));
          }
          Future.join(asked)
              .onComplete(
                  done -> {
                    client.close();
                    all.complete(
                        asked.stream().filter(Future::succeeded).map(Future::result).toList());
                  });
        });
    return all.future();
  }

  private static Future<ClusterDescription> askOne(
      VertxLoop loop, GrpcClient client, URI url, long timeoutNs) {
    Promise<ClusterDescription> answer = loop.promise();
    loop.timer(timeoutNs, () -> answer.tryFail(new PeerLostException("no answer in time")));
    client
        .request(
            SocketAddress.inetSocketAddress(url.getPort(), url.getHost()),
            PeerMethods.describeFrom())
        .compose(request -> request.send(DescribeCluster.getDefaultInstance()))
        .compose(GrpcClientResponse::last)
        .onSuccess(answer::tryComplete)
        .onFailure(answer::tryFail);
    return answer.future();
  }
}
