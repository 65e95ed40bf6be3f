package io.mooring.boot.metrics;

import io.mooring.base.Histogram;
import io.mooring.watch.WatchHub;
import io.mooring.watch.WatchMeter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** All hubs of the member together. */
final class WatchMetrics {

  private static final String[] NO_LABELS = {};

  private final Registrar registrar;
  private final List<WatchHub> hubs;

  WatchMetrics(Registrar registrar, Sources sources) {
    this.registrar = registrar;
    this.hubs = sources.hubs();
  }

  void register() {
    gauge("watch_stream_total", "Watch streams open.", WatchHub::streamCount);
    gauge("watcher_total", "Watchers, whatever their state.", WatchHub::watcherCount);
    gauge(
        "slow_watcher_total",
        "Watchers that do not get events as they arrive.",
        hub -> hub.watcherCount() - hub.syncedCount());
    gauge("pending_events_total", "Events that wait for a hub.", WatchHub::queuedEvents);
    registrar.counter(
        "etcd_debugging_mvcc_events_total",
        "Events sent, counted for each watcher.",
        () -> sum(hub -> hub.meter().events()));
    registrar.gauge(
        "mooring_watch_queued_bytes",
        "Bytes of events that wait for a hub.",
        () -> sum(WatchHub::queuedBytes));
    histogram("watch_stream_duration_seconds", "Writing a watcher's events.", WatchMeter::eventsNs);
    histogram(
        "watch_stream_duration_per_event_seconds",
        "The same, for each event.",
        WatchMeter::perEventNs);
    histogram("control_stream_duration_seconds", "Answering a creation.", WatchMeter::controlNs);
    histogram("progress_duration_seconds", "Writing progress.", WatchMeter::progressNs);
  }

  private void gauge(String name, String help, ToLongFunction<WatchHub> value) {
    registrar.gauge("etcd_debugging_mvcc_" + name, help, () -> sum(value));
  }

  private long sum(ToLongFunction<WatchHub> value) {
    long sum = 0;
    for (WatchHub hub : hubs) {
      sum += value.applyAsLong(hub);
    }
    return sum;
  }

  private void histogram(String name, String help, Function<WatchMeter, Histogram> part) {
    registrar.histograms(
        "etcd_debugging_server_watch_send_loop_" + name,
        help,
        Registrar.SECONDS,
        NO_LABELS,
        all -> {
          List<Histogram> parts = new ArrayList<>();
          for (WatchHub hub : hubs) {
            parts.add(part.apply(hub.meter()));
          }
          all.show(parts);
        });
  }
}
