package io.mooring.it;

import com.google.protobuf.ByteString;
import io.grpc.stub.StreamObserver;
import io.mooring.api.etcdserverpb.WatchCreateRequest;
import io.mooring.api.etcdserverpb.WatchRequest;
import io.mooring.api.etcdserverpb.WatchResponse;
import io.mooring.api.mvccpb.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/** All events of all keys from a revision on, as one watch delivers them. */
final class EventTape implements StreamObserver<WatchResponse> {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final ByteString EVERYTHING = ByteString.copyFrom(new byte[1]);

  private final List<Event> events = new ArrayList<>();
  private String fault = "";

  EventTape(RawClient client, long fromRevision) {
    client
        .watch(this)
        .onNext(
            WatchRequest.newBuilder()
                .setCreateRequest(
                    WatchCreateRequest.newBuilder()
                        .setKey(EVERYTHING)
                        .setRangeEnd(EVERYTHING)
                        .setStartRevision(fromRevision))
                .build());
  }

  @Override
  public synchronized void onNext(WatchResponse response) {
    if (response.getCanceled()) {
      fault = "canceled: " + response;
    }
    events.addAll(response.getEventsList());
  }

  @Override
  public synchronized void onError(Throwable cause) {
    fault = "ended: " + cause;
  }

  @Override
  public synchronized void onCompleted() {
    fault = "completed";
  }

  /** What has come so far. */
  synchronized List<Event> events() {
    return List.copyOf(events);
  }

  /** How it ended; empty while it goes on. */
  synchronized String fault() {
    return fault;
  }

  private synchronized boolean hasReached(long revision) {
    if (!fault.isEmpty()) {
      throw new AssertionError("the watch " + fault + " before revision " + revision);
    }
    return !events.isEmpty() && events.get(events.size() - 1).getKv().getModRevision() >= revision;
  }

  /** Waits for the events of a revision and returns all up to there. */
  List<Event> awaitRevision(long revision) {
    Awaitility.await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> hasReached(revision));
    return events();
  }
}
