package io.mooring.it.cluster;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.mooring.api.etcdserverpb.WatchCreateRequest;
import io.mooring.api.etcdserverpb.WatchRequest;
import io.mooring.api.etcdserverpb.WatchResponse;
import io.mooring.check.Change;
import io.mooring.check.WatchTape;
import io.mooring.check.WatchTape.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A watcher that outlives servers: when its stream ends it goes on with the next server at the
 * revision behind the last it saw. Its lock guards everything; streams call in on their threads.
 */
final class WatchFollower implements AutoCloseable {

  private final String name;
  private final String prefix;
  private final long startRevision;
  private final Endpoints endpoints;
  private final List<Response> responses = new ArrayList<>();

  private @Nullable Stream stream;
  private long heardNs = System.nanoTime();
  private long lastRevision;
  private int streams;
  private @Nullable String refusal;

  /**
   * A follower, not started yet.
   *
   * @param prefix of the keys to watch; empty for all
   * @param endpoints its own
   */
  WatchFollower(String name, String prefix, long startRevision, Endpoints endpoints) {
    this.name = name;
    this.prefix = prefix;
    this.startRevision = startRevision;
    this.lastRevision = startRevision - 1;
    this.endpoints = endpoints;
  }

  /** Opens a stream when there is none, or instead of one that was silent for too long. */
  synchronized void keepGoing(Duration patience) {
    boolean silent = System.nanoTime() - heardNs > patience.toNanos();
    if (stream == null || silent) {
      if (stream != null) {
        stream.cancel();
      }
      heardNs = System.nanoTime();
      streams++;
      stream = new Stream(endpoints);
      stream.create(lastRevision + 1);
    }
  }

  /** Newest revision that it was told of. */
  synchronized long lastRevision() {
    return lastRevision;
  }

  /** How many streams it took. */
  synchronized int streams() {
    return streams;
  }

  /** Why a server refused to go on; null when none did. */
  synchronized @Nullable String refusal() {
    return refusal;
  }

  /** Everything it was told. */
  synchronized WatchTape tape() {
    return new WatchTape(name, prefix, startRevision, List.copyOf(responses));
  }

  @Override
  public synchronized void close() {
    if (stream != null) {
      stream.cancel();
      stream = null;
    }
    endpoints.close();
  }

  private synchronized void heard(Stream from, WatchResponse response) {
    if (from != stream) {
      return;
    }
    heardNs = System.nanoTime();
    if (response.getCanceled()) {
      refusal = response.toString();
    }
    if (response.getCreated() || response.getCanceled()) {
      return;
    }
    List<Change> changes = response.getEventsList().stream().map(Change::of).toList();
    responses.add(new Response(heardNs, response.getHeader().getRevision(), changes));
    if (!changes.isEmpty()) {
      lastRevision = changes.get(changes.size() - 1).revision();
    }
  }

  private synchronized void ended(Stream which) {
    if (which == stream) {
      stream = null;
      endpoints.next();
    }
  }

  /** One stream to one server. */
  private final class Stream implements StreamObserver<WatchResponse> {
    private final StreamObserver<WatchRequest> requests;

    Stream(Endpoints endpoints) {
      requests = endpoints.current().watch(this);
    }

    void create(long revision) {
      WatchCreateRequest.Builder create =
          WatchCreateRequest.newBuilder()
              .setKey(prefix.isEmpty() ? KeySpace.bytes("\0") : KeySpace.bytes(prefix))
              .setRangeEnd(KeySpace.endOf(prefix))
              .setStartRevision(revision);
      requests.onNext(WatchRequest.newBuilder().setCreateRequest(create).build());
    }

    void cancel() {
      requests.onError(Status.CANCELLED.asException());
    }

    @Override
    public void onNext(WatchResponse response) {
      heard(this, response);
    }

    @Override
    public void onError(Throwable cause) {
      ended(this);
    }

    @Override
    public void onCompleted() {
      ended(this);
    }
  }
}
