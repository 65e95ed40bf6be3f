package io.mooring.it;

import static io.mooring.it.Jetcd.text;

import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/** What one watch of jetcd has heard. */
final class JetcdTape implements Watch.Listener {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final List<WatchResponse> responses = new ArrayList<>();
  private final List<Throwable> errors = new ArrayList<>();
  private int completions;

  @Override
  public synchronized void onNext(WatchResponse response) {
    responses.add(response);
  }

  @Override
  public synchronized void onError(Throwable cause) {
    errors.add(cause);
  }

  @Override
  public synchronized void onCompleted() {
    completions++;
  }

  synchronized List<WatchResponse> responses() {
    return List.copyOf(responses);
  }

  synchronized List<Throwable> errors() {
    return List.copyOf(errors);
  }

  synchronized int completions() {
    return completions;
  }

  List<WatchEvent> events() {
    return responses().stream().flatMap(response -> response.getEvents().stream()).toList();
  }

  /** {@code PUT k=v @revision} and the like, with what was there before where it is known. */
  List<String> lines() {
    return events().stream()
        .map(
            event -> {
              KeyValue kv = event.getKeyValue();
              KeyValue previous = event.getPrevKV();
              String before = previous.getModRevision() == 0 ? "" : " was " + pair(previous);
              return event.getEventType() + " " + pair(kv) + " @" + kv.getModRevision() + before;
            })
        .toList();
  }

  private static String pair(KeyValue kv) {
    return text(kv.getKey()) + "=" + text(kv.getValue());
  }

  /** Waits until so many events have been heard. */
  List<String> await(int count) {
    Awaitility.await().atMost(LIMIT).until(() -> events().size() >= count);
    return lines();
  }

  Throwable awaitError() {
    Awaitility.await().atMost(LIMIT).until(() -> !errors().isEmpty());
    return errors().get(0);
  }
}
