package io.mooring.peer;

import io.mooring.api.internalpb.PeerMessage;
import io.mooring.api.internalpb.PeerWelcome;
import io.mooring.api.internalpb.TransferAnswer;
import io.mooring.api.internalpb.TransferFrame;
import io.mooring.api.internalpb.TransferHeader;
import io.mooring.loop.Loop;
import io.mooring.raft.core.Message;
import io.vertx.grpc.server.GrpcServerRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A state as it arrives from another member. It asks for a chunk when the one before is stored, so
 * that a slow disk here slows the sender down and fills no memory. Confined to the peer loop.
 */
final class TransferInlet {

  private static final Logger LOG = LoggerFactory.getLogger(TransferInlet.class);

  private final Loop loop;
  private final GrpcServerRequest<TransferFrame, TransferAnswer> request;
  private final PeerEndpoint endpoint;
  private final PeerConfig config;
  private final TransferSink sink;
  private final Silence silence;
  private TransferSink.@Nullable Arriving arriving;
  private @Nullable TransferMeter meter;
  private long beganNs;
  private boolean whole;
  private boolean ended;
  private long from;

  TransferInlet(
      Loop loop,
      GrpcServerRequest<TransferFrame, TransferAnswer> request,
      PeerEndpoint endpoint,
      PeerConfig config,
      TransferSink sink) {
    this.loop = loop;
    this.request = request;
    this.endpoint = endpoint;
    this.config = config;
    this.sink = sink;
    this.silence = new Silence(config.patientSilenceNs(), config.pingIntervalNs());
  }

  void start() {
    request.pause();
    request.handler(this::frame);
    request.exceptionHandler(cause -> broken(cause.toString()));
    request.errorHandler(error -> broken(error.toString()));
    request.endHandler(end -> cut());
    request.connection().pingHandler(ping -> silence.heard());
    watchLater();
    request.fetch(1);
  }

  private void watchLater() {
    loop.timer(config.pingIntervalNs(), this::watch);
  }

  /**
   * A sender that vanishes without a word, by a power cut or behind a partition, leaves a
   * connection that looks well for ever; and while one state is here no other is taken.
   */
  private void watch() {
    if (ended) {
      return;
    }
    if (silence.beat()) {
      broken("silent");
      request.connection().close();
      return;
    }
    watchLater();
  }

  private void frame(TransferFrame frame) {
    if (ended) {
      return;
    }
    silence.heard();
    switch (frame.getBodyCase()) {
      case HEADER -> header(frame.getHeader());
      case CHUNK -> chunk(frame.getChunk().toByteArray());
      case BODY_NOT_SET -> refuse(PeerWelcome.Refusal.MALFORMED, "an empty frame");
    }
  }

  private void header(TransferHeader header) {
    if (arriving != null) {
      refuse(PeerWelcome.Refusal.MALFORMED, "a second header");
      return;
    }
    PeerWelcome judged = endpoint.answer(header.getGreeting());
    if (judged.getRefusal() != PeerWelcome.Refusal.NONE) {
      refuse(judged.getRefusal(), judged.getText());
      return;
    }
    from = header.getGreeting().getFrom();
    PeerMessage encoded = header.getSnapshot();
    Message message =
        encoded.getFrom() == from && encoded.getTo() == endpoint.memberId()
            ? MessageCodec.decode(encoded)
            : null;
    if (!(message instanceof Message.InstallSnapshot snapshot) || !message.isWellFormed()) {
      refuse(PeerWelcome.Refusal.MALFORMED, "no transfer snapshot for here");
      return;
    }
    arriving = sink.begin(loop, snapshot, header.getLeastBytes());
    if (arriving == null) {
      refuse(PeerWelcome.Refusal.NONE, "another transfer snapshot is here already");
      return;
    }
    beganNs = loop.nowNs();
    TransferMeter counted = endpoint.meter(from).statesReceived();
    counted.began();
    meter = counted;
    LOG.info("member {} sends its state of {}", hex(from), snapshot.transfer().last());
    request.fetch(1);
  }

  private void chunk(byte[] bytes) {
    TransferSink.Arriving into = arriving;
    if (into == null || whole) {
      refuse(PeerWelcome.Refusal.MALFORMED, "a chunk before the header or after the end");
      return;
    }
    if (meter != null) {
      meter.moved(bytes.length);
    }
    into.chunk(bytes)
        .onSuccess(last -> stored(into, last))
        .onFailure(cause -> refuse(PeerWelcome.Refusal.NONE, String.valueOf(cause.getMessage())));
  }

  private void stored(TransferSink.Arriving into, boolean last) {
    if (ended) {
      return;
    }
    request.fetch(1);
    if (last) {
      whole = true;
      into.install()
          .onSuccess(this::answer)
          .onFailure(cause -> refuse(PeerWelcome.Refusal.NONE, String.valueOf(cause.getMessage())));
    }
  }

  private void answer(boolean installed) {
    if (!ended) {
      over(installed);
      String text = installed ? "installed" : "not wanted, or it could not be installed";
      request
          .response()
          .end(TransferAnswer.newBuilder().setInstalled(installed).setText(text).build());
    }
  }

  private void refuse(PeerWelcome.Refusal why, String text) {
    if (!ended) {
      LOG.warn("refused the state that member {} sent: {}", hex(from), text);
      stop();
      request.response().end(TransferAnswer.newBuilder().setRefusal(why).setText(text).build());
    }
  }

  /** The sender has no more to say; that is right only after the last chunk. */
  private void cut() {
    if (!whole) {
      refuse(PeerWelcome.Refusal.MALFORMED, "the stream ended too early");
    }
  }

  private void broken(String why) {
    if (!ended) {
      LOG.warn("the state that member {} sent broke off: {}", hex(from), why);
      stop();
    }
  }

  private void stop() {
    over(false);
    if (arriving != null) {
      arriving.abandon();
    }
  }

  private void over(boolean installed) {
    ended = true;
    if (meter != null) {
      meter.ended(installed, loop.nowNs() - beganNs);
    }
  }

  private static String hex(long id) {
    return Long.toHexString(id);
  }
}
