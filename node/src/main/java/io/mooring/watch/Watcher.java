package io.mooring.watch;

import io.mooring.apply.ChangeEvent;
import io.mooring.base.Check;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One watcher: what it wants, and how far it is. A synced watcher has no position of its own: it is
 * the hub's. An unsynced one is a cursor, nothing more; its events wait in the engine.
 *
 * <pre>
 *   create --> SYNCED <------------------------------+
 *     |          | stream full, or too many at once   | slice ends at the hub's revision
 *     |          v                                    |
 *     +----> CATCHING_UP --- stream full ---> BLOCKED |
 *     |          |   ^------- drained ----------+     |
 *     |          +------------------------------------+
 *     |          | compaction overtook it
 *     +------> COMPACTED (its id stays taken)           any --> CLOSED
 * </pre>
 *
 * <p>Confined to the hub's loop.
 */
final class Watcher {

  enum State {
    /** Gets events as they arrive at the hub. */
    SYNCED,
    /** Member of a group that reads history. */
    CATCHING_UP,
    /** Unsynced, and its stream takes no more for now. */
    BLOCKED,
    /** Canceled because compaction overtook it. */
    COMPACTED,
    /** Gone. */
    CLOSED
  }

  private final WatchSession session;
  private final long id;
  private final WatchSpec spec;
  private final ArrayList<SharedEvent> collected = new ArrayList<>(1);
  private State state = State.CLOSED;
  private long floor;
  private boolean quiet = true;
  private KeyRangeTree.@Nullable Entry<Watcher> place;
  private @Nullable CatchUpGroup group;

  Watcher(WatchSession session, long id, WatchSpec spec, long floor) {
    this.session = session;
    this.id = id;
    this.spec = spec;
    this.floor = floor;
  }

  WatchSession session() {
    return session;
  }

  long id() {
    return id;
  }

  WatchSpec spec() {
    return spec;
  }

  State state() {
    return state;
  }

  /** Nothing below this revision is shown any more. Of a group's member, the group may be ahead. */
  long floor() {
    return floor;
  }

  /** Moves the floor, never down. */
  void raiseFloor(long revision) {
    Check.that(revision >= floor, "W1 a watcher's position fell", floor, revision);
    floor = revision;
  }

  /** Whether the filters let a change through. */
  boolean wants(ChangeEvent change) {
    return change.delete() ? !spec.noDelete() : !spec.noPut();
  }

  /** Notes an event that it will be given in this turn; true for the first. */
  boolean collect(SharedEvent event) {
    collected.add(event);
    return collected.size() == 1;
  }

  /** What was noted, in order. */
  List<SharedEvent> collected() {
    return collected;
  }

  /** Forgets what was noted. */
  void clearCollected() {
    boolean large = collected.size() > 64;
    collected.clear();
    if (large) {
      collected.trimToSize();
    }
  }

  /** Whether previous values are wanted that the noted events do not have. */
  boolean lacksPrevKv() {
    if (spec.prevKv()) {
      for (int i = 0; i < collected.size(); i++) {
        if (!collected.get(i).change().prevKvKnown()) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether no event was written since the last call with {@code true}. */
  boolean quiet() {
    return quiet;
  }

  void quiet(boolean value) {
    quiet = value;
  }

  void synced(KeyRangeTree<Watcher> tree) {
    state = State.SYNCED;
    group = null;
    place = tree.add(spec.range(), this);
  }

  void catchingUp(CatchUpGroup joined, KeyRangeTree.Entry<Watcher> entry) {
    state = State.CATCHING_UP;
    group = joined;
    place = entry;
  }

  /** Enters a state in which it is in no tree. */
  void rest(State resting) {
    Check.that(
        resting == State.BLOCKED || resting == State.COMPACTED || resting == State.CLOSED,
        "a watcher rests only outside of trees");
    state = resting;
    group = null;
    place = null;
  }

  KeyRangeTree.Entry<Watcher> place() {
    return Check.present(place, "a watcher outside of any tree has no place");
  }

  CatchUpGroup group() {
    return Check.present(group, "a watcher that does not catch up has no group");
  }

  boolean inGroup(CatchUpGroup other) {
    return group == other;
  }
}
