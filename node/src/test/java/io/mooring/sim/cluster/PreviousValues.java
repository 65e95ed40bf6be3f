package io.mooring.sim.cluster;

import io.mooring.api.mvccpb.Event;
import io.mooring.api.mvccpb.KeyValue;
import io.mooring.check.Change;
import io.mooring.check.CommittedLog;
import io.mooring.check.Report;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Previous values that watchers were shown, held against what was committed (P15). */
final class PreviousValues {

  private final List<Shown> shown = new ArrayList<>();

  /** What stood there before an event, as it was told. */
  private record Shown(long revision, String key, Change before) {}

  void heard(Event event) {
    if (event.hasPrevKv()) {
      KeyValue kv = event.getPrevKv();
      Change before =
          new Change(
              kv.getModRevision(),
              kv.getKey().toStringUtf8(),
              kv.getValue().toStringUtf8(),
              kv.getCreateRevision(),
              kv.getVersion());
      shown.add(new Shown(event.getKv().getModRevision(), before.key(), before));
    }
  }

  void judge(CommittedLog log, Report report) {
    Map<String, Change> latest = new HashMap<>();
    Set<Shown> right = new HashSet<>();
    for (Change change : log.changes()) {
      Change before = latest.put(change.key(), change);
      if (before != null) {
        right.add(new Shown(change.revision(), change.key(), before));
      }
    }
    for (Shown each : shown) {
      report.check(right.contains(each), "P15 not the previous value: %s", each);
    }
    report.judged("previous values", shown.size());
  }
}
