package io.mooring.watch;

import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.apply.RevisionEvents;
import io.mooring.base.Check;
import io.mooring.base.LogLimit;
import io.mooring.read.ReaderPool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the unsynced watchers of a hub to its revision. Watchers at similar positions form a group
 * and share each read: a reader scans a slice of history for the union of their ranges, {@link
 * SliceDelivery} hands it out.
 *
 * <p>Two ends are served in turn: the group that is furthest behind, which sweeps up all others as
 * it passes them, and the one that is nearest to the hub, so that a watcher a little behind does
 * not wait for one that is far. What is idle is therefore ordered by position. Reads under way are
 * bounded, and a full pool of readers is asked again a little later.
 *
 * <p>Confined to the hub's loop; only {@link HistoryReader} runs elsewhere.
 */
final class CatchUp {

  private static final Logger LOG = LoggerFactory.getLogger(CatchUp.class);

  /** How soon a read is tried again that found no reader, or failed. */
  private static final long RETRY_NS = 10_000_000;

  /** Compact revision of a slice that is complete whatever was compacted meanwhile. */
  private static final long NOTHING_MISSING = -1;

  private final WatchHub hub;
  private final WatchLimits limits;
  private final ReaderPool readers;
  private final CatchUpPin pin;
  private final TreeMap<Long, CatchUpGroup> idle = new TreeMap<>();
  private final List<CatchUpGroup> busy = new ArrayList<>();
  private final LogLimit failures = new LogLimit(1, 10_000_000_000L);
  private boolean lowestTurn = true;
  private boolean retryArmed;

  CatchUp(WatchHub hub, WatchLimits limits, ReaderPool readers, PinRegistry pins) {
    this.hub = hub;
    this.limits = limits;
    this.readers = readers;
    this.pin = new CatchUpPin(pins);
  }

  /** Takes a watcher whose floor is at or below the hub's revision, and that is in no tree. */
  void add(Watcher watcher) {
    Check.that(
        watcher.floor() <= hub.revision(),
        "W2 an unsynced watcher is ahead of the hub",
        watcher.floor(),
        hub.revision());
    groupAt(watcher.floor()).add(watcher);
    followLowest();
  }

  /** Takes a member out of its group. */
  void remove(Watcher watcher) {
    CatchUpGroup group = watcher.group();
    group.remove(watcher);
    if (group.members().size() == 0) {
      idle.remove(group.next(), group); // a busy one is dropped when its slice is done
      followLowest();
    }
  }

  /** Whether nobody is catching up. */
  boolean isIdle() {
    return busy.isEmpty() && idle.isEmpty();
  }

  /** Starts what can be started. */
  void pump() {
    while (busy.size() < limits.maxSlicesInFlight() && !retryArmed) {
      Map.Entry<Long, CatchUpGroup> picked =
          lowestTurn ? idle.pollFirstEntry() : idle.pollLastEntry();
      if (picked == null) {
        return;
      }
      lowestTurn = !lowestTurn;
      start(picked.getValue());
    }
  }

  /**
   * The stretch that follows a group's position, if the hub remembers it.
   *
   * @return null when a reader must be asked
   */
  @Nullable HistorySlice recent(CatchUpGroup group) {
    if (!hub.recent().covers(group.next(), group.wantsPrevKv())) {
      return null;
    }
    List<RevisionEvents> found = hub.recent().from(group.next(), limits.sliceRevisions());
    long to = hub.revision();
    if (found.size() == limits.sliceRevisions()) {
      to = found.get(found.size() - 1).revision();
    }
    return new HistorySlice(group.next(), to, NOTHING_MISSING, found);
  }

  /** A delivery has ended below the hub's revision, or left nobody. */
  void done(CatchUpGroup group) {
    busy.remove(group);
    park(group);
    followLowest();
    pump();
  }

  private void start(CatchUpGroup picked) {
    CatchUpGroup group = absorb(picked);
    busy.add(group);
    HistorySlice recent = recent(group);
    if (recent != null) {
      // In a turn of its own: a delivery ends by starting the next one.
      hub.loop().execute(() -> new SliceDelivery(hub, this, group, recent).run());
      return;
    }
    MvccEngine engine = hub.latestView().engine();
    HistoryReader reader =
        new HistoryReader(
            engine,
            limits,
            pin.held(),
            group.next(),
            hub.revision(),
            group.interest(),
            group.wantsPrevKv());
    if (!readers.offer(() -> readOn(reader, group))) {
      retryLater(group);
    }
  }

  /** Runs on a reader. */
  private void readOn(HistoryReader reader, CatchUpGroup group) {
    try {
      HistorySlice slice = reader.read();
      hub.loop().execute(() -> new SliceDelivery(hub, this, group, slice).run());
    } catch (Throwable fault) {
      // The engine has told its listener of what is serious; here only this read has failed, and
      // whatever it was, the group must not stay busy for ever.
      hub.loop().execute(() -> failed(group, fault));
    }
  }

  private void failed(CatchUpGroup group, Throwable fault) {
    String suffix = failures.suffix(hub.loop().nowNs());
    if (suffix != null) {
      LOG.warn("catching up watchers from revision {} failed{}", group.next(), suffix, fault);
    }
    retryLater(group);
  }

  private void followLowest() {
    long lowest = idle.isEmpty() ? Long.MAX_VALUE : idle.firstKey();
    for (int i = 0; i < busy.size(); i++) {
      CatchUpGroup group = busy.get(i);
      if (group.members().size() > 0) {
        lowest = Math.min(lowest, group.next());
      }
    }
    pin.follow(hub.latestView().engine(), lowest, hub.loop().nowNs());
  }

  private void retryLater(CatchUpGroup group) {
    busy.remove(group);
    park(group);
    followLowest();
    if (!retryArmed) {
      retryArmed = true;
      hub.loop()
          .timer(
              RETRY_NS,
              () -> {
                retryArmed = false;
                pump();
              });
    }
  }

  /** Makes a group idle; one that stands at the same revision is merged with it. */
  private void park(CatchUpGroup group) {
    if (group.members().size() > 0) {
      CatchUpGroup same = idle.remove(group.next());
      CatchUpGroup parked = same == null ? group : merge(same, group);
      idle.put(parked.next(), parked);
    }
  }

  /** Takes in every idle group that the next slice of this one may reach. */
  private CatchUpGroup absorb(CatchUpGroup started) {
    CatchUpGroup group = started;
    Map.Entry<Long, CatchUpGroup> above = idle.ceilingEntry(group.next());
    while (above != null && above.getKey() - group.next() <= limits.sliceRevisions()) {
      idle.remove(above.getKey());
      group = merge(group, above.getValue());
      above = idle.ceilingEntry(group.next());
    }
    return group;
  }

  /** All members of two groups, at the position of the lower. */
  private static CatchUpGroup merge(CatchUpGroup lower, CatchUpGroup upper) {
    Check.that(lower.next() <= upper.next(), "groups merged upside down");
    long upperNext = upper.next();
    // From here on the upper group's position no longer stands for its members: their floors do.
    upper.members().visitAll(w -> w.raiseFloor(Math.max(w.floor(), upperNext)));
    boolean intoLower = lower.members().size() >= upper.members().size();
    CatchUpGroup into = intoLower ? lower : upper;
    (intoLower ? upper : lower).members().visitAll(into::add);
    into.next(lower.next());
    return into;
  }

  /** The idle group that a watcher at a revision joins, made if there is none. */
  private CatchUpGroup groupAt(long revision) {
    Map.Entry<Long, CatchUpGroup> below = idle.floorEntry(revision);
    if (below != null && revision - below.getKey() <= limits.sliceRevisions()) {
      return below.getValue(); // its floor keeps what is below away from it
    }
    CatchUpGroup made = new CatchUpGroup(revision);
    idle.put(revision, made);
    return made;
  }
}
