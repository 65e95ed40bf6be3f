package io.mooring.watch;

import io.mooring.apply.ChangeEvent;
import io.mooring.apply.RevisionEvents;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;

/**
 * The newest events that a hub has seen, one memory for all its watchers. It closes the last gap of
 * a watcher that catches up while writes go on: an engine read ends behind a hub that has moved
 * meanwhile, the rest comes from here in the same turn.
 *
 * <p>Confined to the hub's loop.
 */
final class RecentEvents {

  private final int maxRevisions;
  private final long maxBytes;
  private final ArrayDeque<RevisionEvents> revisions = new ArrayDeque<>();
  private long bytes;
  private long coveredFrom;
  private long prevKvKnownFrom;

  /**
   * Creates an empty memory.
   *
   * @param nextRevision the first revision that will be added
   */
  RecentEvents(int maxRevisions, long maxBytes, long nextRevision) {
    this.maxRevisions = maxRevisions;
    this.maxBytes = maxBytes;
    reset(nextRevision);
  }

  /** Forgets all. */
  void reset(long nextRevision) {
    revisions.clear();
    bytes = 0;
    coveredFrom = nextRevision;
    prevKvKnownFrom = nextRevision;
  }

  /** Adds the next revision, and forgets the oldest ones beyond the bounds. */
  void add(RevisionEvents added) {
    revisions.addLast(added);
    bytes += sizeBytes(added);
    if (!prevKvKnown(added)) {
      prevKvKnownFrom = added.revision() + 1;
    }
    while (revisions.size() > maxRevisions || bytes > maxBytes) {
      RevisionEvents oldest = revisions.removeFirst();
      bytes -= sizeBytes(oldest);
      coveredFrom = oldest.revision() + 1;
    }
  }

  /** Whether every event from a revision on is here, with previous values if they are wanted. */
  boolean covers(long fromRevision, boolean prevKv) {
    return fromRevision >= coveredFrom && (!prevKv || fromRevision >= prevKvKnownFrom);
  }

  /** The revisions from one on, ascending, a bounded number of them. */
  List<RevisionEvents> from(long revision, int maxCount) {
    ArrayList<RevisionEvents> found = new ArrayList<>();
    // The newest are asked for most: walk back, then turn around.
    Iterator<RevisionEvents> newestFirst = revisions.descendingIterator();
    while (newestFirst.hasNext()) {
      RevisionEvents next = newestFirst.next();
      if (next.revision() < revision) {
        break;
      }
      found.add(next);
    }
    Collections.reverse(found);
    return found.size() > maxCount ? found.subList(0, maxCount) : found;
  }

  /** Heap bytes held, estimated. */
  long bytes() {
    return bytes;
  }

  private static boolean prevKvKnown(RevisionEvents revision) {
    List<ChangeEvent> events = revision.events();
    for (int i = 0; i < events.size(); i++) {
      if (!events.get(i).prevKvKnown()) {
        return false;
      }
    }
    return true;
  }

  static long sizeBytes(RevisionEvents revision) {
    long size = 48;
    List<ChangeEvent> events = revision.events();
    for (int i = 0; i < events.size(); i++) {
      size += events.get(i).sizeBytes();
    }
    return size;
  }
}
