package io.mooring.peer;

import io.mooring.api.internalpb.PeerFrame;
import io.mooring.api.internalpb.PeerWelcome;
import io.mooring.base.LogLimit;
import io.mooring.loop.Loop;
import io.mooring.loop.VertxLoop;
import io.mooring.raft.core.Message;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import java.net.URI;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stream to one other member. Confined to the peer loop.
 *
 * <pre>
 *   WAITING --time--> CONNECTING --welcome--> OPEN
 *      ^                  |                    |
 *      +---- failed ------+---- lost ----------+        any --close--> CLOSED
 * </pre>
 *
 * <p>While it connects, messages wait in the outbox; when it fails or is lost, those that wait are
 * dropped and consensus hears that the member is unreachable. Each attempt has a number, and what
 * an earlier one reports late is ignored.
 */
final class PeerLink {

  private static final Logger LOG = LoggerFactory.getLogger(PeerLink.class);

  private static final int PING_BYTES = 8;
  private static final int STREAM_QUEUE_BYTES = 1 << 20;

  private enum State {
    WAITING,
    CONNECTING,
    OPEN,
    CLOSED
  }

  private final Loop loop;
  private final PeerIdentity self;
  private final long memberId;
  private final PeerConfig config;
  private final PeerEvents events;
  private final PeerMeter meter;
  private final GrpcClient client;
  private final PeerOutbox outbox;
  private final Silence silence;
  private final Backoff backoff;

  /** It may be asked, and refuse, many times a second. */
  private final LogLimit refusals = new LogLimit(1, TimeUnit.SECONDS.toNanos(10));

  private List<URI> urls;
  private int attempts;
  private State state = State.WAITING;
  private @Nullable GrpcClientRequest<PeerFrame, PeerWelcome> stream;
  private boolean reported;

  /** When the link opened, by the loop's clock; 0 when it is not open. Any thread reads it. */
  private volatile long openSinceNs;

  PeerLink(
      VertxLoop loop,
      Vertx vertx,
      PeerIdentity self,
      long memberId,
      List<URI> urls,
      PeerConfig config,
      PeerEvents events,
      PeerMeter meter,
      Random random) {
    this.loop = loop;
    this.self = self;
    this.memberId = memberId;
    this.urls = urls;
    this.config = config;
    this.events = events;
    this.meter = meter;
    this.outbox = new PeerOutbox(config.maxOutboxBytes());
    this.silence = new Silence(config.silenceNs(), config.pingIntervalNs());
    this.backoff = new Backoff(config.minBackoffNs(), config.maxBackoffNs(), random);
    this.client = PeerClients.of(vertx, config);
  }

  /** Connects, and keeps connecting until closed. */
  void start() {
    connect();
  }

  /** Replaces where the member is; a link that is open stays. */
  void urls(List<URI> now) {
    urls = now;
  }

  /** Since when the link has been open without a break, by the loop's clock; 0 when it is not. */
  long openSinceNs() {
    return openSinceNs;
  }

  /** Sends, or drops and says so. The caller calls {@link #flush} at the end of its turn. */
  void send(Message message) {
    boolean taken = state != State.WAITING && state != State.CLOSED && outbox.offer(message);
    if (!taken) {
      meter.sentFailures.increment();
      unreachable();
    }
  }

  /** Gives the stream what it can take. */
  void flush() {
    GrpcClientRequest<PeerFrame, PeerWelcome> open = stream;
    if (state != State.OPEN || open == null) {
      return;
    }
    while (!outbox.isEmpty() && !open.writeQueueFull()) {
      PeerFrame frame = PeerFrame.newBuilder().setBatch(outbox.take(config.batchBytes())).build();
      meter.sentBytes.add(frame.getSerializedSize());
      int attempt = attempts;
      open.write(frame).onFailure(cause -> lost(attempt, cause));
    }
    reported = false;
  }

  /** Ends the link for good. */
  void close() {
    if (state != State.CLOSED) {
      enter(State.CLOSED);
      drop();
      client.close();
    }
  }

  private void connect() {
    if (state == State.CLOSED) {
      return;
    }
    enter(State.CONNECTING);
    attempts++;
    int attempt = attempts;
    URI url = urls.get(attempt % urls.size());
    loop.timer(config.connectTimeoutNs(), () -> greetedInTime(attempt));
    client
        .request(
            SocketAddress.inetSocketAddress(url.getPort(), url.getHost()),
            PeerMethods.deliverFrom())
        .onSuccess(opened -> greet(attempt, opened))
        .onFailure(cause -> lost(attempt, cause));
  }

  private void greet(int attempt, GrpcClientRequest<PeerFrame, PeerWelcome> opened) {
    if (attempt != attempts || state != State.CONNECTING) {
      opened.cancel();
      return;
    }
    stream = opened;
    opened.setWriteQueueMaxSize(STREAM_QUEUE_BYTES);
    opened.exceptionHandler(cause -> lost(attempt, cause));
    opened.drainHandler(ready -> flush());
    opened
        .response()
        .onSuccess(response -> listen(attempt, response))
        .onFailure(cause -> lost(attempt, cause));
    opened
        .write(PeerFrame.newBuilder().setGreeting(self.greeting(memberId)).build())
        .onFailure(cause -> lost(attempt, cause));
  }

  private void listen(int attempt, GrpcClientResponse<PeerFrame, PeerWelcome> response) {
    response.handler(welcome -> welcomed(attempt, welcome));
    response.exceptionHandler(cause -> lost(attempt, cause));
    response.endHandler(end -> lost(attempt, new PeerLostException("the other end closed it")));
  }

  private void welcomed(int attempt, PeerWelcome welcome) {
    if (attempt != attempts || state != State.CONNECTING) {
      return;
    }
    if (welcome.getRefusal() != PeerWelcome.Refusal.NONE) {
      refused(attempt, welcome);
      return;
    }
    LOG.info("connected to member {} ({})", hex(memberId), welcome.getVersion());
    backoff.reset();
    reported = false;
    silence.heard();
    openSinceNs = loop.nowNs();
    enter(State.OPEN);
    pingLater(attempt);
    flush();
  }

  private void refused(int attempt, PeerWelcome welcome) {
    String suffix = refusals.suffix(loop.nowNs());
    if (suffix != null) {
      LOG.warn("member {} refuses this member: {}{}", hex(memberId), welcome.getText(), suffix);
    }
    lost(attempt, new PeerLostException("refused: " + welcome.getText()));
    if (welcome.getRefusal() == PeerWelcome.Refusal.REMOVED) {
      events.removed();
    }
  }

  private void greetedInTime(int attempt) {
    if (attempt == attempts && state == State.CONNECTING) {
      lost(attempt, new PeerLostException("no welcome in time"));
    }
  }

  /**
   * A connection whose other end has vanished without a word keeps taking what is written, and
   * after a partition TCP may wait for minutes before it tries again. So the link asks for a sign
   * of life, and connects anew when none comes.
   */
  private void pingLater(int attempt) {
    loop.timer(config.pingIntervalNs(), () -> ping(attempt));
  }

  private void ping(int attempt) {
    GrpcClientRequest<PeerFrame, PeerWelcome> open = stream;
    if (attempt != attempts || state != State.OPEN || open == null) {
      return;
    }
    if (silence.beat()) {
      lost(attempt, new PeerLostException("silent"));
      return;
    }
    long sentNs = loop.nowNs();
    open.connection()
        .ping(Buffer.buffer(new byte[PING_BYTES]))
        .onSuccess(pong -> answered(attempt, sentNs));
    pingLater(attempt);
  }

  private void answered(int attempt, long sentNs) {
    long nowNs = loop.nowNs();
    meter.roundTripsNs().record(nowNs - sentNs);
    if (attempt == attempts) {
      silence.heard();
    }
  }

  private void lost(int attempt, Throwable cause) {
    if (attempt != attempts || state == State.WAITING || state == State.CLOSED) {
      return;
    }
    if (state == State.OPEN) {
      meter.disconnects.increment();
      LOG.warn("lost member {}: {}", hex(memberId), cause.getMessage());
    } else {
      LOG.debug("cannot reach member {}: {}", hex(memberId), cause.getMessage());
    }
    enter(State.WAITING);
    drop();
    unreachable();
    loop.timer(backoff.next(), this::connect);
  }

  private void enter(State next) {
    state = next;
    meter.active = next == State.OPEN;
    if (next != State.OPEN) {
      openSinceNs = 0;
    }
  }

  private void drop() {
    GrpcClientRequest<PeerFrame, PeerWelcome> old = stream;
    stream = null;
    outbox.clear();
    if (old != null) {
      old.connection().close();
    }
  }

  /** Once for each time that something was lost after all was well. */
  private void unreachable() {
    if (!reported) {
      reported = true;
      events.unreachable(memberId);
    }
  }

  private static String hex(long id) {
    return Long.toHexString(id);
  }
}
