package io.mooring.peer;

import io.mooring.api.internalpb.LeaderAnswer;
import io.mooring.api.internalpb.LeaderAsk;
import io.mooring.api.internalpb.PeerGreeting;
import io.mooring.api.internalpb.PeerWelcome;
import io.mooring.api.internalpb.PeerWelcome.Refusal;
import io.mooring.base.LogLimit;
import io.mooring.loop.Loop;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcProtocol;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The receiving end of the streams of other members: takes gRPC requests of a listener on the peer
 * loop, judges greetings, and makes an {@link Inlet} of each stream that is right.
 */
public final class PeerEndpoint implements Handler<HttpServerRequest> {

  private static final Logger LOG = LoggerFactory.getLogger(PeerEndpoint.class);

  /** How long an answer is worth something to one who does not say; as a client's call. */
  private static final long ASK_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(7);

  private final Loop loop;
  private final PeerIdentity self;
  private final PeerConfig config;
  private final Guests guests;
  private final LongFunction<PeerMeter> meters;
  private final PeerAnswers answers;
  private final Supplier<PeerBook> book;
  private final Speakers speakers;
  private final GrpcServer server;
  private final LogLimit warnings = new LogLimit(10, TimeUnit.SECONDS.toNanos(10));

  PeerEndpoint(
      Loop loop,
      Vertx vertx,
      PeerIdentity self,
      PeerConfig config,
      PeerEvents events,
      PeerAnswers answers,
      Guests guests,
      LongFunction<PeerMeter> meters,
      Supplier<PeerBook> book) {
    this.loop = loop;
    this.self = self;
    this.config = config;
    this.guests = guests;
    this.meters = meters;
    this.answers = answers;
    this.book = book;
    this.speakers = new Speakers(book);
    this.server =
        GrpcServer.server(
            vertx,
            new GrpcServerOptions()
                .setMaxMessageSize(config.maxFrameBytes())
                .removeEnabledProtocol(GrpcProtocol.WEB)
                .removeEnabledProtocol(GrpcProtocol.WEB_TEXT)
                .removeEnabledProtocol(GrpcProtocol.TRANSCODING));
    server.callHandler(
        PeerMethods.deliverTo(), request -> new Inlet(loop, request, this, config, events).start());
    server.callHandler(
        PeerMethods.describeTo(),
        request -> request.last().onSuccess(asked -> request.response().end(answers.describe())));
    server.callHandler(PeerMethods.askTo(), this::ask);
  }

  /** See {@link PeerNetwork#receiveStates}. */
  void receiveStates(Loop loop, TransferSink sink) {
    server.callHandler(
        PeerMethods.transferTo(),
        request -> new TransferInlet(loop, request, this, config, sink).start());
  }

  /** Hears of members that have greeted, on the peer loop. */
  interface Guests {
    /**
     * A member that may be in no book yet.
     *
     * @param peerUrls as it wrote them
     */
    void greeted(long memberId, List<String> peerUrls);
  }

  /** Takes a request of the peer listener whose content type is that of gRPC. */
  @Override
  public void handle(HttpServerRequest request) {
    server.handle(request);
  }

  private void ask(GrpcServerRequest<LeaderAsk, LeaderAnswer> request) {
    long timeoutNs = TimeUnit.MILLISECONDS.toNanos(request.timeout());
    long deadlineNs = loop.nowNs() + (timeoutNs == 0 ? ASK_TIMEOUT_NS : timeoutNs);
    request
        .last()
        .compose(
            ask -> {
              PeerWelcome welcome = judge(ask.getGreeting());
              return welcome.getRefusal() == Refusal.NONE
                  ? answers.answer(ask, deadlineNs)
                  : Future.failedFuture(new PeerLostException(welcome.getText()));
            })
        .onComplete(asked -> end(request, asked));
  }

  private static void end(
      GrpcServerRequest<LeaderAsk, LeaderAnswer> request, AsyncResult<LeaderAnswer> asked) {
    try {
      if (asked.succeeded()) {
        request.response().end(asked.result());
      } else {
        request.response().status(GrpcStatus.UNAVAILABLE).end();
      }
    } catch (IllegalStateException gone) {
      LOG.debug("nobody waits for an answer any more: {}", gone.getMessage());
    }
  }

  /** Whether a member was removed from the cluster; asked again while a stream lasts (R17). */
  boolean wasRemoved(long memberId) {
    return book.get().removed().contains(memberId);
  }

  /** What to say to a greeting; anything but {@link Refusal#NONE} ends the stream. */
  PeerWelcome answer(PeerGreeting greeting) {
    PeerWelcome welcome = judge(greeting);
    if (welcome.getRefusal() == Refusal.NONE) {
      guests.greeted(greeting.getFrom(), greeting.getPeerUrlsList());
    }
    return welcome;
  }

  /** The same for a stream of messages, on which one process speaks for each member (F29). */
  PeerWelcome enter(PeerGreeting greeting, Inlet stream) {
    PeerWelcome welcome = judge(greeting);
    if (welcome.getRefusal() == Refusal.NONE) {
      String twice = speakers.enter(greeting, stream);
      if (twice != null) {
        return refusal(Refusal.TWICE, twice);
      }
      guests.greeted(greeting.getFrom(), greeting.getPeerUrlsList());
    }
    return welcome;
  }

  /** A stream of messages has ended. */
  void left(long memberId, Inlet stream) {
    speakers.left(memberId, stream);
  }

  private PeerWelcome judge(PeerGreeting greeting) {
    if (greeting.getClusterId() != self.clusterId()) {
      return refusal(
          Refusal.WRONG_CLUSTER,
          "cluster ID mismatch: this is "
              + hex(self.clusterId())
              + ", not "
              + hex(greeting.getClusterId()));
    }
    if (greeting.getTo() != self.memberId() || greeting.getFrom() == self.memberId()) {
      return refusal(
          Refusal.WRONG_RECIPIENT,
          "this is member " + hex(self.memberId()) + ", not " + hex(greeting.getTo()));
    }
    if (wasRemoved(greeting.getFrom())) {
      return refusal(
          Refusal.REMOVED, "member " + hex(greeting.getFrom()) + " was removed from the cluster");
    }
    int protocol = Math.min(greeting.getNewestProtocol(), PeerIdentity.NEWEST_PROTOCOL);
    if (protocol < Math.max(greeting.getOldestProtocol(), PeerIdentity.OLDEST_PROTOCOL)) {
      return refusal(
          Refusal.NO_COMMON_PROTOCOL,
          "member "
              + hex(greeting.getFrom())
              + " ("
              + greeting.getVersion()
              + ") speaks versions "
              + greeting.getOldestProtocol()
              + " to "
              + greeting.getNewestProtocol()
              + " of the peer protocol, this one ("
              + self.version()
              + ") "
              + PeerIdentity.OLDEST_PROTOCOL
              + " to "
              + PeerIdentity.NEWEST_PROTOCOL);
    }
    return PeerWelcome.newBuilder().setProtocol(protocol).setVersion(self.version()).build();
  }

  /** Logs what anybody who connects can cause, within bounds. */
  void warn(String what) {
    String suffix = warnings.suffix(loop.nowNs());
    if (suffix != null) {
      LOG.warn("{}{}", what, suffix);
    }
  }

  static PeerWelcome refusal(Refusal why, String text) {
    return PeerWelcome.newBuilder().setRefusal(why).setText(text).build();
  }

  /** Of a member whose greeting was right. */
  PeerMeter meter(long memberId) {
    return meters.apply(memberId);
  }

  long memberId() {
    return self.memberId();
  }

  static String hex(long id) {
    return Long.toHexString(id);
  }
}
