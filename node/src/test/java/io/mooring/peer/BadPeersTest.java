package io.mooring.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.mooring.api.internalpb.LeaderAnswer;
import io.mooring.api.internalpb.LeaderAsk;
import io.mooring.api.internalpb.PeerBatch;
import io.mooring.api.internalpb.PeerFrame;
import io.mooring.api.internalpb.PeerGreeting;
import io.mooring.api.internalpb.PeerMessage;
import io.mooring.api.internalpb.PeerWelcome;
import io.mooring.api.internalpb.PeerWelcome.Refusal;
import io.mooring.api.testing.Covers;
import io.mooring.peer.PeerWorld.One;
import io.mooring.raft.core.Message;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import java.util.Collections;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whoever connects as a member and is none, or says what no member says; others go on. */
class BadPeersTest {

  private final PeerWorld world = new PeerWorld();
  private final One one = world.member(1);
  private final One two = world.member(2);

  @AfterEach
  void close() {
    world.close();
  }

  private static PeerGreeting.Builder greeting() {
    return PeerGreeting.newBuilder()
        .setClusterId(PeerWorld.CLUSTER)
        .setFrom(3)
        .setTo(2)
        .setOldestProtocol(PeerIdentity.OLDEST_PROTOCOL)
        .setNewestProtocol(PeerIdentity.NEWEST_PROTOCOL)
        .setVersion("9.9.9");
  }

  private static PeerFrame frame(PeerGreeting.Builder greeting) {
    return PeerFrame.newBuilder().setGreeting(greeting).build();
  }

  private static PeerFrame frame(int bytes) {
    return PeerFrame.newBuilder()
        .setBatch(
            PeerBatch.newBuilder()
                .addMessages(
                    PeerMessage.newBuilder()
                        .setUnknownFields(
                            com.google.protobuf.UnknownFieldSet.newBuilder()
                                .addField(
                                    1_000,
                                    com.google.protobuf.UnknownFieldSet.Field.newBuilder()
                                        .addLengthDelimited(ByteString.copyFrom(new byte[bytes]))
                                        .build())
                                .build())))
        .build();
  }

  /** The last thing that the second member says on a stream, once that has ended. */
  private PeerWelcome end(Consumer<GrpcClientRequest<PeerFrame, PeerWelcome>> say) {
    Promise<PeerWelcome> last = Promise.promise();
    PeerWelcome[] heard = {PeerWelcome.getDefaultInstance()};
    GrpcClient client = PeerClients.of(world.vertx, PeerWorld.CONFIG);
    client
        .request(
            SocketAddress.inetSocketAddress(two.url().getPort(), two.url().getHost()),
            PeerMethods.deliverFrom())
        .onFailure(last::tryFail)
        .onSuccess(
            request -> {
              request
                  .response()
                  .onFailure(last::tryFail)
                  .onSuccess(
                      response -> {
                        response.handler(welcome -> heard[0] = welcome);
                        response.exceptionHandler(last::tryFail);
                        response.endHandler(end -> last.tryComplete(heard[0]));
                      });
              say.accept(request);
            });
    PeerWelcome welcome = PeerWorld.await(last.future());
    client.close();
    return welcome;
  }

  private void assertTwoStillListens() {
    world.introduce(one, two);
    await().until(() -> one.network.connectedForNs(2) >= 0);
    one.send(new Message.TimeoutNow(1, 2, 3));
    await().until(() -> two.received.contains(new Message.TimeoutNow(1, 2, 3)));
    assertThat(two.received).hasSize(1);
  }

  @Test
  @Covers("B89")
  void strangersHearWhy() {
    PeerWelcome cluster = end(stream -> stream.write(frame(greeting().setClusterId(0xC2))));
    assertThat(cluster.getRefusal()).isEqualTo(Refusal.WRONG_CLUSTER);
    assertThat(cluster.getText()).isEqualTo("cluster ID mismatch: this is c1, not c2");
    PeerWelcome recipient = end(stream -> stream.write(frame(greeting().setTo(7))));
    assertThat(recipient.getRefusal()).isEqualTo(Refusal.WRONG_RECIPIENT);
    assertThat(recipient.getText()).isEqualTo("this is member 2, not 7");
    PeerWelcome itself = end(stream -> stream.write(frame(greeting().setFrom(2))));
    assertThat(itself.getRefusal()).isEqualTo(Refusal.WRONG_RECIPIENT);
    assertTwoStillListens();
  }

  @Test
  @Covers("B96")
  void protocolsTooFarApartAreNamed() {
    PeerWelcome newer =
        end(stream -> stream.write(frame(greeting().setOldestProtocol(5).setNewestProtocol(6))));
    assertThat(newer.getRefusal()).isEqualTo(Refusal.NO_COMMON_PROTOCOL);
    assertThat(newer.getText())
        .isEqualTo(
            "member 3 (9.9.9) speaks versions 5 to 6 of the peer protocol, this one (test) 1 to 1");
    PeerWelcome older =
        end(stream -> stream.write(frame(greeting().setOldestProtocol(0).setNewestProtocol(0))));
    assertThat(older.getRefusal()).isEqualTo(Refusal.NO_COMMON_PROTOCOL);
    assertTwoStillListens();
  }

  @Test
  @Covers("B91")
  void framesAboveTheBoundEndTheStream() {
    end(
        stream -> {
          stream.write(frame(greeting()));
          stream.write(frame(PeerWorld.CONFIG.maxFrameBytes() + 1));
        });
    assertTwoStillListens();
  }

  @Test
  @Covers("B91")
  void questionsAboveTheBoundAreNotAnswered() {
    LeaderAsk ask =
        LeaderAsk.newBuilder()
            .setGreeting(greeting())
            .setRenewLeases(
                LeaderAsk.RenewLeases.newBuilder().addAllIds(Collections.nCopies(1_000_000, -1L)))
            .build();
    assertThat(ask.getSerializedSize()).isGreaterThan(PeerWorld.CONFIG.maxFrameBytes());
    GrpcClient client = PeerClients.of(world.vertx, PeerWorld.CONFIG);
    Future<LeaderAnswer> answer =
        client
            .request(
                SocketAddress.inetSocketAddress(two.url().getPort(), two.url().getHost()),
                PeerMethods.askFrom())
            .compose(request -> request.send(ask))
            .compose(GrpcClientResponse::last);
    await().until(answer::isComplete);
    assertThat(answer.failed()).isTrue();
    client.close();
    assertTwoStillListens();
  }

  @Test
  @Covers("B95")
  void whoeverDoesNotGreetIsTimedOut() {
    HttpClient http =
        world.vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false));
    Buffer answer =
        PeerWorld.await(
            http.request(
                    HttpMethod.POST,
                    two.url().getPort(),
                    two.url().getHost(),
                    "/internalpb.Peers/Deliver")
                .compose(
                    request -> {
                      request.putHeader("content-type", "application/grpc").sendHead();
                      return request.response();
                    })
                .compose(HttpClientResponse::body));
    assertThat(answer.toString()).contains("no greeting");
    PeerWorld.await(http.close());
    assertTwoStillListens();
  }
}
