package io.mooring.it;

import io.grpc.stub.StreamObserver;
import io.mooring.api.etcdserverpb.WatchCancelRequest;
import io.mooring.api.etcdserverpb.WatchCreateRequest;
import io.mooring.api.etcdserverpb.WatchProgressRequest;
import io.mooring.api.etcdserverpb.WatchRequest;
import io.mooring.api.etcdserverpb.WatchResponse;
import io.mooring.api.mvccpb.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Records what one watch stream says, per watch, free of how events were put into responses. */
final class WatchTape implements StreamObserver<WatchResponse> {

  private final Map<Long, List<String>> lines = new TreeMap<>();
  private final StreamObserver<WatchRequest> requests;
  private long progressRevision;
  private String end = "";

  WatchTape(RawClient client) {
    requests = client.watch(this);
  }

  void create(WatchCreateRequest request) {
    send(WatchRequest.newBuilder().setCreateRequest(request).build());
  }

  /** Sends any request. */
  void send(WatchRequest request) {
    requests.onNext(request);
  }

  void cancel(long watchId) {
    send(
        WatchRequest.newBuilder()
            .setCancelRequest(WatchCancelRequest.newBuilder().setWatchId(watchId))
            .build());
  }

  void askProgress() {
    send(
        WatchRequest.newBuilder()
            .setProgressRequest(WatchProgressRequest.getDefaultInstance())
            .build());
  }

  @Override
  public synchronized void onNext(WatchResponse response) {
    List<String> tape = lines.computeIfAbsent(response.getWatchId(), id -> new ArrayList<>());
    if (response.getCreated()) {
      tape.add("created at " + response.getHeader().getRevision());
    }
    for (Event event : response.getEventsList()) {
      tape.add(event.toString().replace('\n', ' '));
    }
    if (response.getCanceled()) {
      tape.add(
          "canceled: " + response.getCancelReason() + " compact=" + response.getCompactRevision());
    }
    boolean progress =
        !response.getCreated() && !response.getCanceled() && response.getEventsCount() == 0;
    if (progress && response.getWatchId() == -1) {
      lines.remove(-1L);
      progressRevision = Math.max(progressRevision, response.getHeader().getRevision());
    }
    notifyAll();
  }

  @Override
  public synchronized void onError(Throwable cause) {
    end = cause.toString();
  }

  @Override
  public synchronized void onCompleted() {
    end = "completed";
  }

  /** Lines of each watch so far; the stream's own end under -2 when it has one. */
  synchronized Map<Long, List<String>> lines() {
    Map<Long, List<String>> copy = new TreeMap<>();
    lines.forEach((id, tape) -> copy.put(id, List.copyOf(tape)));
    if (!end.isEmpty()) {
      copy.put(-2L, List.of(end));
    }
    return copy;
  }

  /** Whether anything was said about a watch. */
  synchronized boolean knows(long watchId) {
    return lines.containsKey(watchId);
  }

  /** Whether a watch has ended. */
  synchronized boolean canceled(long watchId) {
    return lines.getOrDefault(watchId, List.of()).stream()
        .anyMatch(line -> line.startsWith("canceled"));
  }

  synchronized int lineCount() {
    return lines.values().stream().mapToInt(List::size).sum();
  }

  void close() {
    requests.onCompleted();
  }
}
