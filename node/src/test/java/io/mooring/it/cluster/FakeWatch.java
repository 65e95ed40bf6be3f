package io.mooring.it.cluster;

import io.grpc.stub.StreamObserver;
import io.mooring.api.etcdserverpb.WatchCreateRequest;
import io.mooring.api.etcdserverpb.WatchResponse;
import io.mooring.api.mvccpb.Event;
import io.mooring.check.Change;
import io.mooring.it.cluster.FakeKv.Plant;
import java.util.List;

/**
 * A watcher of a fake store: a position in its log. What it may plant, it plants in some places.
 */
final class FakeWatch {

  private static final int HONEST_REVISIONS = 40;

  /** From here on all is honest: a watcher that misses the very end would wait for it. */
  private static final int END_OF_LIES = 300;

  private final FakeKv kv;
  private final String prefix;
  private final StreamObserver<WatchResponse> responses;
  private long nextRevision;

  FakeWatch(FakeKv kv, WatchCreateRequest create, StreamObserver<WatchResponse> responses) {
    this.kv = kv;
    String key = create.getKey().toStringUtf8();
    this.prefix = key.equals("\0") ? "" : key;
    this.responses = responses;
    this.nextRevision = create.getStartRevision();
    responses.onNext(
        WatchResponse.newBuilder().setHeader(kv.header(kv.revision())).setCreated(true).build());
  }

  boolean goesTo(StreamObserver<WatchResponse> stream) {
    return responses == stream;
  }

  /** Sends what is new. */
  void deliver() {
    while (nextRevision <= kv.revision()) {
      long revision = nextRevision++;
      List<Change> changes =
          kv.changesAt(revision).stream()
              .filter(change -> change.key().startsWith(prefix))
              .toList();
      if (!changes.isEmpty()) {
        send(revision, changes);
      }
    }
  }

  private void send(long revision, List<Change> changes) {
    // The watcher of everything stays honest: the log is read by one.
    boolean lie = !prefix.isEmpty() && revision < END_OF_LIES && revision % HONEST_REVISIONS < 2;
    Plant plant = lie ? kv.plant() : Plant.NONE;
    if (plant == Plant.SKIPPED_EVENT) {
      return;
    }
    respond(revision, changes);
    if (plant == Plant.REPEATED_EVENT) {
      respond(revision, changes);
    }
  }

  private void respond(long revision, List<Change> changes) {
    boolean split = kv.plant() == Plant.SPLIT_REVISION && changes.size() > 1;
    if (split && prefix.isEmpty() && revision > HONEST_REVISIONS) {
      response(revision, changes.subList(0, 1));
      response(revision, changes.subList(1, changes.size()));
    } else {
      response(revision, changes);
    }
  }

  private void response(long revision, List<Change> changes) {
    WatchResponse.Builder response = WatchResponse.newBuilder().setHeader(kv.header(revision));
    for (Change change : changes) {
      response.addEvents(
          Event.newBuilder()
              .setType(change.value() == null ? Event.EventType.DELETE : Event.EventType.PUT)
              .setKv(FakeKv.keyValue(change)));
    }
    responses.onNext(response.build());
  }
}
