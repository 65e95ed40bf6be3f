package io.mooring.peer;

import io.mooring.api.internalpb.PeerBatch;
import io.mooring.api.internalpb.PeerFrame;
import io.mooring.api.internalpb.PeerGreeting;
import io.mooring.api.internalpb.PeerMessage;
import io.mooring.api.internalpb.PeerWelcome;
import io.mooring.loop.Loop;
import io.mooring.raft.core.Message;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stream of one other member as it arrives here. Confined to the peer loop. What is not for
 * this member, or not from the one that greeted, is dropped before consensus sees it (R17).
 */
final class Inlet {

  private static final Logger LOG = LoggerFactory.getLogger(Inlet.class);

  private final Loop loop;
  private final GrpcServerRequest<PeerFrame, PeerWelcome> request;
  private final PeerEndpoint endpoint;
  private final PeerEvents events;
  private final PeerConfig config;
  private final Silence silence;
  private boolean greeted;
  private boolean ended;
  private long from;

  Inlet(
      Loop loop,
      GrpcServerRequest<PeerFrame, PeerWelcome> request,
      PeerEndpoint endpoint,
      PeerConfig config,
      PeerEvents events) {
    this.loop = loop;
    this.request = request;
    this.endpoint = endpoint;
    this.config = config;
    this.events = events;
    this.silence = new Silence(config.patientSilenceNs(), config.pingIntervalNs());
  }

  void start() {
    request.handler(this::frame);
    request.exceptionHandler(this::broken);
    request.errorHandler(error -> unreadable());
    request.endHandler(end -> end());
    request.connection().pingHandler(ping -> silence.heard());
    loop.timer(config.connectTimeoutNs(), this::greetedInTime);
  }

  private void watchLater() {
    loop.timer(config.pingIntervalNs(), this::watch);
  }

  /**
   * Every link pings, whoever leads and whoever is a learner, so a stream without any sign of life
   * is what a member has left that vanished without a word.
   */
  private void watch() {
    if (ended) {
      return;
    }
    if (silence.beat()) {
      endpoint.warn("closing the stream of member " + hex(from) + ", which is silent");
      over();
      request.connection().close();
      return;
    }
    watchLater();
  }

  /** Whether its sender would have given the connection up by now. */
  boolean seemsGone() {
    return ended || silence.beats() > config.silenceNs() / config.pingIntervalNs();
  }

  private void frame(PeerFrame frame) {
    if (ended) {
      return;
    }
    silence.heard();
    switch (frame.getBodyCase()) {
      case GREETING -> greeting(frame.getGreeting());
      case BATCH -> batch(frame.getBatch());
      case BODY_NOT_SET -> malformed("an empty frame");
    }
  }

  /** Whoever has not said by now who it is, will not. */
  private void greetedInTime() {
    if (!greeted && !ended) {
      malformed("no greeting");
    }
  }

  /** A frame that cannot be one, or exceeds every bound. */
  private void unreadable() {
    if (!ended) {
      malformed("a frame that cannot be read");
    }
  }

  private void broken(Throwable cause) {
    LOG.debug("stream of member {} broke: {}", PeerEndpoint.hex(from), cause.getMessage());
    over();
  }

  /** The other end has no more to say. */
  private void end() {
    if (!ended) {
      over();
      request.response().end();
    }
  }

  private void greeting(PeerGreeting greeting) {
    if (greeted) {
      malformed("a second greeting");
      return;
    }
    PeerWelcome answer = endpoint.enter(greeting, this);
    if (answer.getRefusal() != PeerWelcome.Refusal.NONE) {
      endpoint.warn("refused member " + hex(greeting.getFrom()) + ": " + answer.getText());
      refuse(answer);
      return;
    }
    greeted = true;
    from = greeting.getFrom();
    request.response().write(answer);
    watchLater();
  }

  private void batch(PeerBatch batch) {
    if (!greeted) {
      malformed("messages before a greeting");
      return;
    }
    if (endpoint.wasRemoved(from)) {
      refuse(PeerEndpoint.refusal(PeerWelcome.Refusal.REMOVED, "removed from the cluster"));
      return;
    }
    PeerMeter meter = endpoint.meter(from);
    List<Message> messages = new ArrayList<>(batch.getMessagesCount());
    long bytes = 0;
    for (PeerMessage encoded : batch.getMessagesList()) {
      Message message =
          encoded.getFrom() == from && encoded.getTo() == endpoint.memberId()
              ? MessageCodec.decode(encoded)
              : null;
      if (message == null) {
        meter.receivedFailures.increment();
        endpoint.warn("member " + hex(from) + " sent something that is not for here");
        continue;
      }
      bytes += message.sizeBytes();
      messages.add(message);
    }
    meter.receivedBytes.add(bytes);
    if (!messages.isEmpty() && !events.received(messages, bytes)) {
      meter.receivedFailures.add(messages.size());
      // The core sends again what matters; its own bounds keep this from happening often.
      LOG.debug("no room for {} messages of {}", messages.size(), PeerEndpoint.hex(from));
    }
  }

  private void malformed(String what) {
    endpoint.warn(what + " on a peer stream");
    refuse(PeerEndpoint.refusal(PeerWelcome.Refusal.MALFORMED, what));
  }

  private static String hex(long id) {
    return PeerEndpoint.hex(id);
  }

  /** Another process speaks for this member from now on, as far as this end is concerned. */
  void replaced(String why) {
    if (!ended) {
      endpoint.warn("closing the stream of member " + hex(from) + ": " + why);
      boolean gone = seemsGone();
      refuse(PeerEndpoint.refusal(PeerWelcome.Refusal.TWICE, why));
      if (gone) {
        request.connection().close();
      }
    }
  }

  private void over() {
    ended = true;
    if (greeted) {
      endpoint.left(from, this);
    }
  }

  private void refuse(PeerWelcome why) {
    over();
    request.response().end(why);
  }
}
