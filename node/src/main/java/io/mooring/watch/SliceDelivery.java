package io.mooring.watch;

import io.mooring.apply.ChangeEvent;
import io.mooring.apply.RevisionEvents;
import io.mooring.base.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Hands a slice of history out to the members of a group, a bounded amount in each turn of the
 * loop. It works in rounds: collect matches of some whole revisions, then write each watcher's
 * response. After the last round the group stands behind the slice; where that is the hub's own
 * revision, the members turn synced in the same turn, so that nothing falls between.
 *
 * <p>A slice that came from the hub's own memory is followed by the next such one at once.
 */
final class SliceDelivery {

  private final WatchHub hub;
  private final CatchUp catchUp;
  private final CatchUpGroup group;
  private final WatchLimits limits;
  private final List<Watcher> touched = new ArrayList<>();
  private HistorySlice slice;

  /** Position in the slice's revisions: those before it have been collected. */
  private int collectedCount;

  /** Position in {@link #touched}: those before it have been written. */
  private int writtenCount;

  /** Last revision of the round. */
  private long roundTo;

  SliceDelivery(WatchHub hub, CatchUp catchUp, CatchUpGroup group, HistorySlice slice) {
    this.hub = hub;
    this.catchUp = catchUp;
    this.group = group;
    this.limits = hub.limits();
    this.slice = slice;
  }

  /** One turn's worth; schedules itself for the rest. */
  void run() {
    int budget = limits.deliveriesPerTurn();
    while (group.members().size() > 0) {
      if (writtenCount == touched.size()) {
        if (!nextRound()) {
          return; // all synced, or handed back
        }
      }
      int end = Math.min(touched.size(), writtenCount + budget);
      budget -= end - writtenCount;
      while (writtenCount < end) {
        write(touched.get(writtenCount++));
      }
      if (writtenCount == touched.size()) {
        group.next(roundTo + 1);
      }
      if (budget <= 0) {
        hub.loop().execute(this::run);
        return;
      }
    }
    catchUp.done(group);
  }

  /** Collects a round; false when the delivery is over. */
  private boolean nextRound() {
    Check.that(group.next() >= slice.from(), "W3 a slice begins above its group", group.next());
    while (group.next() > slice.to()) {
      if (slice.to() == hub.revision()) {
        becomeSynced();
        return false;
      }
      HistorySlice following = catchUp.recent(group);
      if (following == null) {
        catchUp.done(group);
        return false;
      }
      slice = following;
      collectedCount = 0;
    }
    cancelOvertaken();
    collect();
    return true;
  }

  private void collect() {
    touched.clear();
    writtenCount = 0;
    List<RevisionEvents> revisions = slice.revisions();
    int[] budget = {limits.deliveriesPerTurn()};
    while (collectedCount < revisions.size() && budget[0] > 0) {
      RevisionEvents revision = revisions.get(collectedCount++);
      for (ChangeEvent change : revision.events()) {
        SharedEvent event = new SharedEvent(revision.revision(), change);
        group.members().visit(change.key(), collector(event, budget));
      }
    }
    roundTo =
        collectedCount == revisions.size()
            ? slice.to()
            : revisions.get(collectedCount - 1).revision();
  }

  private Consumer<Watcher> collector(SharedEvent event, int[] budget) {
    return watcher -> {
      if (event.revision() >= Math.max(watcher.floor(), group.next())
          && watcher.wants(event.change())) {
        budget[0]--;
        if (watcher.collect(event)) {
          touched.add(watcher);
        }
      }
    };
  }

  private void write(Watcher watcher) {
    if (watcher.inGroup(group)) {
      if (watcher.session().stream().full()) {
        group.remove(watcher);
        watcher.raiseFloor(watcher.collected().get(0).revision());
        watcher.session().block(watcher);
      } else {
        watcher.session().writeEvents(watcher, hub.revision());
        watcher.raiseFloor(roundTo + 1);
      }
    }
    watcher.clearCollected();
  }

  /** W6: who has missed something that compaction removed hears so before any later event. */
  private void cancelOvertaken() {
    long compactRevision = slice.compactRevision();
    if (group.next() >= compactRevision) {
      return;
    }
    List<Watcher> overtaken = new ArrayList<>();
    group
        .members()
        .visitAll(
            watcher -> {
              if (Math.max(watcher.floor(), group.next()) < compactRevision) {
                overtaken.add(watcher);
              }
            });
    for (Watcher watcher : overtaken) {
      group.remove(watcher);
      watcher.session().compacted(watcher, compactRevision);
    }
  }

  private void becomeSynced() {
    long next = hub.revision() + 1;
    List<Watcher> members = new ArrayList<>(group.members().size());
    group.members().visitAll(members::add);
    for (Watcher watcher : members) {
      group.remove(watcher);
      watcher.raiseFloor(Math.max(watcher.floor(), next));
      hub.becameSynced(watcher);
    }
    catchUp.done(group);
  }
}
