package io.mooring.peer;

import com.google.protobuf.UnsafeByteOperations;
import io.mooring.api.internalpb.TransferAnswer;
import io.mooring.api.internalpb.TransferFrame;
import io.mooring.api.internalpb.TransferHeader;
import io.mooring.loop.Loop;
import io.mooring.raft.core.Message;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientRequest;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the state to one other member, over a connection of its own: heartbeats must not wait
 * behind it. One chunk is read ahead of what the connection takes. Confined to the peer loop.
 */
final class TransferSend {

  private static final Logger LOG = LoggerFactory.getLogger(TransferSend.class);

  private static final int QUEUE_BYTES = 1 << 20;
  private static final int PING_BYTES = 8;

  private final Loop loop;
  private final PeerIdentity self;
  private final PeerConfig config;
  private final long memberId;
  private final long term;
  private final GrpcClient client;
  private final TransferMeter meter;
  private final Consumer<Boolean> ended;
  private final Silence silence;
  private final Silence stall;
  private TransferSource.@Nullable Opened state;
  private @Nullable GrpcClientRequest<TransferFrame, TransferAnswer> stream;
  private boolean reading;
  private boolean sentAll;
  private boolean delivered;
  private boolean over;
  private long beganNs;
  private long sentBytes;

  /**
   * Prepares it.
   *
   * @param term in which this member leads
   * @param meter of states sent to that member
   * @param client for this alone; closed at the end
   * @param ended called once, on the loop, unless it is canceled; with whether the state is in
   *     place
   */
  TransferSend(
      Loop loop,
      PeerIdentity self,
      PeerConfig config,
      long memberId,
      long term,
      TransferMeter meter,
      GrpcClient client,
      Consumer<Boolean> ended) {
    this.loop = loop;
    this.self = self;
    this.config = config;
    this.memberId = memberId;
    this.term = term;
    this.meter = meter;
    this.client = client;
    this.ended = ended;
    this.silence = new Silence(config.patientSilenceNs(), config.pingIntervalNs());
    this.stall = new Silence(config.transferStallNs(), config.pingIntervalNs());
  }

  /** Freezes the state and connects, to the first URL that answers. */
  void start(TransferSource source, List<URI> urls) {
    beganNs = loop.nowNs();
    meter.began();
    connect(urls, 0)
        .onFailure(cause -> end("cannot be reached: " + cause.getMessage()))
        .onSuccess(opened -> open(source, opened));
  }

  /** Gives up, and does not say that it has ended. */
  void cancel(String why) {
    if (!over) {
      LOG.warn("stopped sending the state to member {}: {}", hex(memberId), why);
      stop(false);
    }
  }

  private Future<GrpcClientRequest<TransferFrame, TransferAnswer>> connect(
      List<URI> urls, int attempt) {
    URI url = urls.get(attempt);
    Future<GrpcClientRequest<TransferFrame, TransferAnswer>> one =
        client.request(
            SocketAddress.inetSocketAddress(url.getPort(), url.getHost()),
            PeerMethods.transferFrom());
    return attempt + 1 < urls.size() ? one.recover(cause -> connect(urls, attempt + 1)) : one;
  }

  private void open(
      TransferSource source, GrpcClientRequest<TransferFrame, TransferAnswer> opened) {
    if (over) {
      opened.cancel();
      return;
    }
    stream = opened;
    opened.setWriteQueueMaxSize(QUEUE_BYTES);
    opened.exceptionHandler(cause -> end(cause.getMessage()));
    opened.drainHandler(ready -> pump());
    source
        .open(loop)
        .onFailure(cause -> end("the state cannot be read: " + cause.getMessage()))
        .onSuccess(this::begin);
    pingLater();
  }

  private void begin(TransferSource.Opened opened) {
    GrpcClientRequest<TransferFrame, TransferAnswer> to = stream;
    if (over || to == null) {
      opened.close();
      return;
    }
    state = opened;
    LOG.info("sending the state of {} to member {}", opened.transfer().last(), hex(memberId));
    Message message =
        new Message.InstallSnapshot(self.memberId(), memberId, term, opened.transfer());
    to.response()
        .onFailure(cause -> end(cause.getMessage()))
        .onSuccess(
            response -> {
              response.handler(this::answered);
              response.exceptionHandler(cause -> end(cause.getMessage()));
              response.endHandler(end -> end("it closed the stream"));
            });
    TransferHeader header =
        TransferHeader.newBuilder()
            .setGreeting(self.greeting(memberId))
            .setSnapshot(MessageCodec.encode(message))
            .setLeastBytes(opened.leastBytes())
            .build();
    write(to, TransferFrame.newBuilder().setHeader(header).build());
    pump();
  }

  private void pump() {
    GrpcClientRequest<TransferFrame, TransferAnswer> to = stream;
    TransferSource.Opened from = state;
    if (over || reading || sentAll || to == null || from == null || to.writeQueueFull()) {
      return;
    }
    reading = true;
    from.next()
        .onFailure(cause -> end("the state cannot be read: " + cause.getMessage()))
        .onSuccess(
            chunk -> {
              reading = false;
              send(to, chunk);
            });
  }

  private void send(GrpcClientRequest<TransferFrame, TransferAnswer> to, byte @Nullable [] chunk) {
    if (over) {
      return;
    }
    if (chunk == null) {
      sentAll = true;
      closeState();
      to.end().onSuccess(written -> delivered = true).onFailure(cause -> end(cause.getMessage()));
      return;
    }
    sentBytes += chunk.length;
    meter.moved(chunk.length);
    stall.heard();
    write(to, TransferFrame.newBuilder().setChunk(UnsafeByteOperations.unsafeWrap(chunk)).build());
    pump();
  }

  private void write(GrpcClientRequest<TransferFrame, TransferAnswer> to, TransferFrame frame) {
    to.write(frame).onFailure(cause -> end(cause.getMessage()));
  }

  private void answered(TransferAnswer answer) {
    if (answer.getInstalled() && !over) {
      LOG.info("member {} has installed the state, {} bytes", hex(memberId), sentBytes);
      stop(true);
      ended.accept(true);
    } else {
      end("it says: " + answer.getText());
    }
  }

  /** As on an ordinary link: a vanished other end takes what is written without a word. */
  private void pingLater() {
    loop.timer(config.pingIntervalNs(), this::ping);
  }

  private void ping() {
    GrpcClientRequest<TransferFrame, TransferAnswer> to = stream;
    if (over || to == null) {
      return;
    }
    if (silence.beat()) {
      end("silent");
      return;
    }
    // What waits for this member's own disk, or for the installation there, takes the time it
    // takes.
    boolean blocked = sentAll ? !delivered : to.writeQueueFull();
    if (blocked && stall.beat()) {
      end(
          "it has taken nothing for "
              + TimeUnit.NANOSECONDS.toSeconds(config.transferStallNs())
              + " s");
      return;
    }
    to.connection().ping(Buffer.buffer(new byte[PING_BYTES])).onSuccess(pong -> silence.heard());
    pingLater();
  }

  private void end(@Nullable String why) {
    if (!over) {
      LOG.warn("the state was not installed by member {}: {}", hex(memberId), why);
      stop(false);
      ended.accept(false);
    }
  }

  private void stop(boolean well) {
    over = true;
    meter.ended(well, loop.nowNs() - beganNs);
    closeState();
    if (stream != null) {
      stream.connection().close();
    }
    client.close();
  }

  private void closeState() {
    if (state != null) {
      state.close();
    }
  }

  private static String hex(long id) {
    return Long.toHexString(id);
  }
}
