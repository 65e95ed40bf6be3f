package io.mooring.service;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.WatchCreateRequest;
import io.mooring.api.etcdserverpb.WatchRequest;
import io.mooring.base.WireBuffer;
import io.mooring.error.EtcdError;
import io.mooring.machine.auth.Access;
import io.mooring.machine.auth.Authorizer;
import io.mooring.machine.mvcc.KeyRange;
import io.mooring.raft.Consensus;
import io.mooring.watch.WatchHub;
import io.mooring.watch.WatchSession;
import io.mooring.watch.WatchSpec;
import io.mooring.watch.WatchStream;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * etcd's Watch service. It reads requests, decides who may watch, and bounds what is queued for a
 * client; everything else is the hub's. One for each client loop.
 */
public final class WatchService {

  /** What a stream may have queued whatever all streams together have. */
  private static final long OWN_BYTES = 64 << 10;

  private static final ByteString LOWEST_KEY = ByteString.copyFrom(new byte[1]);

  private final Consensus consensus;
  private final WatchHub hub;
  private final Bounds bounds;
  private final AtomicLong queuedBytes = new AtomicLong();

  /**
   * What may wait for clients, and how often leadership is looked at.
   *
   * @param streamResponses responses queued for one stream
   * @param streamBytes their bytes
   * @param totalBytes bytes queued for all streams of the loop; beyond it each keeps to little
   * @param leaderLookNs between looks for a leader, an election timeout
   */
  public record Bounds(int streamResponses, long streamBytes, long totalBytes, long leaderLookNs) {

    /** The bounds of a member with so many client loops. */
    public static Bounds of(int loops, long leaderLookNs) {
      long total = Math.max(16L << 20, Runtime.getRuntime().maxMemory() / 8 / loops);
      return new Bounds(1024, 8L << 20, total, leaderLookNs);
    }
  }

  /** Creates the service of a loop, over the hub of that loop. */
  public WatchService(Consensus consensus, WatchHub hub, Bounds bounds) {
    this.consensus = consensus;
    this.hub = hub;
    this.bounds = bounds;
  }

  /** Watch.Watch. */
  public RequestHandler<WatchRequest> watch(CallContext context, ReplyStream replies) {
    return new Call(context, replies);
  }

  /** Bytes that wait for clients of this loop. Any thread. */
  public long queuedBytes() {
    return queuedBytes.get();
  }

  /** One stream. Half-close means nothing here: the client goes on listening. */
  private final class Call implements WatchStream, RequestHandler<WatchRequest> {

    private final CallContext context;
    private final ReplyStream replies;
    private final WatchSession session;
    private final AtomicInteger responses = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private volatile boolean wasFull;
    private boolean paused;

    Call(CallContext context, ReplyStream replies) {
      this.context = context;
      this.replies = replies;
      this.session = hub.open(this);
      replies.onDrain(this::drained);
      replies.onClose(session::close);
      LeaderLooks.begin(context, replies, consensus, bounds.leaderLookNs());
    }

    @Override
    public void onRequest(WatchRequest request) {
      switch (request.getRequestUnionCase()) {
        case CREATE_REQUEST -> create(request.getCreateRequest());
        case CANCEL_REQUEST -> session.cancel(request.getCancelRequest().getWatchId());
        case PROGRESS_REQUEST -> session.requestProgress();
        case REQUESTUNION_NOT_SET -> {} // B34: ignored, as etcd does
      }
      if (full() && !paused) {
        // Each request may add a response: a client that only asks is not read on.
        paused = true;
        replies.pauseRequests();
      }
    }

    private void create(WatchCreateRequest request) {
      ByteString key = request.getKey().isEmpty() ? LOWEST_KEY : request.getKey();
      KeyRange range = KeyRange.of(key, request.getRangeEnd());
      EtcdError refusal =
          Authorizer.check(consensus.view().auth(), context.caller(), Access.reading(range));
      if (refusal != null) {
        session.reject(refusalText(refusal));
        return;
      }
      session.create(
          new WatchSpec(
              request.getWatchId(),
              range,
              request.getStartRevision(),
              request.getFiltersValueList().contains(WatchCreateRequest.FilterType.NOPUT_VALUE),
              request.getFiltersValueList().contains(WatchCreateRequest.FilterType.NODELETE_VALUE),
              request.getPrevKv(),
              request.getProgressNotify(),
              request.getFragment()));
    }

    @Override
    public boolean full() {
      if (replies.full()) {
        return true;
      }
      if (!over(1)) {
        return false;
      }
      wasFull = true;
      return over(1); // again: what left in between may not have seen the mark
    }

    /** Whether more is queued than a part of what may be. */
    private boolean over(int divisor) {
      long queued = bytes.get();
      return responses.get() >= bounds.streamResponses() / divisor
          || queued >= bounds.streamBytes() / divisor
          || (queued >= OWN_BYTES / divisor && queuedBytes.get() >= bounds.totalBytes());
    }

    @Override
    public void write(WireBuffer response) {
      int size = response.size();
      responses.incrementAndGet();
      bytes.addAndGet(size);
      queuedBytes.addAndGet(size);
      replies.send(Payload.of(response, () -> left(size)));
    }

    /** A response has left, or will never leave. Any thread. */
    private void left(int size) {
      responses.decrementAndGet();
      bytes.addAndGet(-size);
      queuedBytes.addAndGet(-size);
      if (wasFull && !over(2)) {
        wasFull = false;
        context.loop().execute(this::drained);
      }
    }

    private void drained() {
      if (!replies.isClosed() && !full()) {
        if (paused) {
          paused = false;
          replies.resumeRequests();
        }
        session.drained();
      }
    }
  }

  /** As Go prints an error that has a gRPC status: that is what etcd puts into the response. */
  private static String refusalText(EtcdError refusal) {
    StringBuilder text = new StringBuilder("rpc error: code = ");
    boolean upper = true;
    String name = refusal.code().name();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '_') {
        upper = true;
      } else {
        text.append(upper ? c : Character.toLowerCase(c));
        upper = false;
      }
    }
    return text.append(" desc = ").append(refusal.text()).toString();
  }
}
