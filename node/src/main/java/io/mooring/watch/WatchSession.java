package io.mooring.watch;

import io.mooring.base.Check;
import io.mooring.loop.Loop;
import it.unimi.dsi.fastutil.longs.Long2ObjectLinkedOpenHashMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The watchers of one stream: their ids, what the client hears of them, and progress. Made by
 * {@link WatchHub#open}. Confined to the hub's loop.
 */
public final class WatchSession {

  private static final int FRAGMENT_FLAG_BYTES = 2;

  private final WatchHub hub;
  private final WatchStream stream;
  private final WatchResponses responses;
  private final Long2ObjectLinkedOpenHashMap<Watcher> watchers =
      new Long2ObjectLinkedOpenHashMap<>();
  private final long tickNs;
  private List<Watcher> blocked = new ArrayList<>();
  private long nextId;
  private Loop.@Nullable Timer ticks;
  private boolean closed;

  /** Progress requests that wait until the hub has seen a revision. */
  private int waitingProgressCount;

  private long waitingProgressRevision;

  WatchSession(WatchHub hub, WatchStream stream, WatchResponses responses, long tickNs) {
    this.hub = hub;
    this.stream = stream;
    this.responses = responses;
    this.tickNs = tickNs;
  }

  /**
   * Creates a watcher, or refuses with a reason that the client sees; the stream lives on in both
   * cases. The answer is written before any event.
   */
  public void create(WatchSpec spec) {
    Check.that(!closed, "a watcher was created on a closed stream");
    String refusal = refusal(spec);
    if (refusal != null) {
      reject(refusal);
      return;
    }
    long id = spec.watchId() == 0 ? pickId() : spec.watchId();
    long current = hub.currentRevision();
    long start = spec.startRevision();
    Watcher watcher = new Watcher(this, id, spec, start == 0 ? current + 1 : start);
    watchers.put(id, watcher);
    hub.created(watcher);
    long beganNs = hub.loop().nowNs();
    stream.write(responses.created(current, id));
    hub.meter().controlSent(hub.loop().nowNs() - beganNs);
    long compactRevision = hub.compactRevision();
    if (watcher.floor() < compactRevision) {
      compacted(watcher, compactRevision);
    } else if (watcher.floor() > hub.revision()) {
      hub.becameSynced(watcher);
    } else {
      hub.mustCatchUp(watcher);
    }
    if (spec.progressNotify() && ticks == null) {
      ticks = hub.loop().timer(tickNs, this::tick);
    }
  }

  private @Nullable String refusal(WatchSpec spec) {
    if (spec.startRevision() < 0) {
      return "etcdserver: mvcc: required revision has been compacted";
    }
    if (spec.range().isEmpty()) {
      return "mvcc: watcher range is empty";
    }
    if (spec.watchId() != 0 && watchers.containsKey(spec.watchId())) {
      return "mvcc: duplicate watch ID provided on the WatchStream";
    }
    if (watchers.size() >= hub.limits().maxWatchersPerStream()) {
      return "mvcc: too many watchers on the WatchStream";
    }
    return hub.hasRoom() ? null : "mvcc: too many watchers on this member";
  }

  private long pickId() {
    while (watchers.containsKey(nextId)) {
      nextId++;
    }
    return nextId++;
  }

  /**
   * Refuses a creation for a reason of the caller's, such as a missing permission.
   *
   * @param reason ASCII
   */
  public void reject(String reason) {
    stream.write(responses.rejected(hub.currentRevision(), reason));
  }

  /** Cancels a watcher as its client asked. An unknown id gets no answer. */
  public void cancel(long watchId) {
    Watcher watcher = watchers.remove(watchId);
    if (watcher != null) {
      leave(watcher);
      stream.write(responses.canceled(hub.currentRevision(), watchId));
    }
  }

  /**
   * Answers with the hub's revision if every watcher of the stream has been given all up to it, and
   * otherwise not at all. The answer waits for what the member had applied when it was asked, so
   * that a client that reads and then asks learns about what it read.
   */
  public void requestProgress() {
    waitingProgressCount++;
    waitingProgressRevision = hub.currentRevision();
    if (waitingProgressRevision <= hub.revision()) {
      answerProgress();
    } else {
      hub.awaitProgress(this);
    }
  }

  /** Answers waiting progress requests; true when none waits any more. */
  boolean answerProgress() {
    if (waitingProgressRevision > hub.revision() && !closed) {
      return false;
    }
    int count = waitingProgressCount;
    waitingProgressCount = 0;
    if (!closed && everyWatcherKnowsAll()) {
      for (int i = 0; i < count; i++) {
        writeProgress(WatchResponses.NO_WATCH);
      }
    }
    return true;
  }

  private void writeProgress(long watchId) {
    long beganNs = hub.loop().nowNs();
    stream.write(responses.progress(hub.revision(), watchId));
    hub.meter().progressSent(hub.loop().nowNs() - beganNs);
  }

  private boolean everyWatcherKnowsAll() {
    int live = 0;
    for (Watcher watcher : watchers.values()) {
      if (watcher.state() != Watcher.State.COMPACTED) {
        live++;
        if (!knowsAll(watcher)) {
          return false;
        }
      }
    }
    return live > 0;
  }

  /** W4: whether a watcher was given everything up to the hub's revision, and wanted it. */
  private boolean knowsAll(Watcher watcher) {
    return watcher.state() == Watcher.State.SYNCED
        && watcher.floor() <= hub.revision() + 1
        && watcher.spec().startRevision() <= hub.revision();
  }

  private void tick() {
    if (closed) {
      return;
    }
    for (Watcher watcher : watchers.values()) {
      if (watcher.spec().progressNotify()) {
        if (watcher.quiet() && knowsAll(watcher) && !stream.full()) {
          writeProgress(watcher.id());
        }
        watcher.quiet(true);
      }
    }
    ticks = hub.loop().timer(tickNs, this::tick);
  }

  /** The stream, having been full, can take more. */
  public void drained() {
    if (!closed && !blocked.isEmpty()) {
      List<Watcher> waiting = blocked;
      blocked = new ArrayList<>();
      for (Watcher watcher : waiting) {
        if (watcher.state() == Watcher.State.BLOCKED) {
          hub.mustCatchUp(watcher);
        }
      }
    }
  }

  /** The stream has closed: forgets all its watchers. */
  public void close() {
    if (!closed) {
      closed = true;
      if (ticks != null) {
        ticks.cancel(); // or all of the stream would be kept for minutes
      }
      watchers.values().forEach(this::leave);
      watchers.clear();
      blocked.clear();
      hub.closed(this);
    }
  }

  /** Watchers that are not closed, whatever their state. */
  public int watcherCount() {
    return watchers.size();
  }

  private void leave(Watcher watcher) {
    hub.leaves(watcher);
    watcher.rest(Watcher.State.CLOSED);
  }

  WatchStream stream() {
    return stream;
  }

  /** Keeps an unsynced watcher, which is in no group, until the stream has drained. */
  void block(Watcher watcher) {
    watcher.rest(Watcher.State.BLOCKED);
    blocked.add(watcher);
  }

  /** Tells a watcher, which is in no group, that compaction overtook it. Its id stays taken. */
  void compacted(Watcher watcher, long compactRevision) {
    watcher.rest(Watcher.State.COMPACTED);
    stream.write(responses.compacted(watcher.id(), compactRevision));
  }

  /** Writes what a watcher has collected, in fragments if it is much and the client asked so. */
  void writeEvents(Watcher watcher, long headerRevision) {
    long beganNs = hub.loop().nowNs();
    int count = watcher.collected().size();
    writeResponses(watcher, headerRevision);
    hub.meter().eventsSent(count, hub.loop().nowNs() - beganNs);
  }

  private void writeResponses(Watcher watcher, long headerRevision) {
    List<SharedEvent> events = watcher.collected();
    boolean prevKv = watcher.spec().prevKv();
    long bytes = 0;
    for (int i = 0; i < events.size(); i++) {
      bytes += events.get(i).encoded(prevKv).length;
    }
    watcher.quiet(false);
    int limit = hub.limits().fragmentBytes();
    if (watcher.spec().fragment()
        && events.size() > 1
        && responses.headBytes(headerRevision, watcher.id()) + bytes >= limit) {
      writeFragments(watcher, headerRevision, limit);
      return;
    }
    stream.write(
        responses.events(
            headerRevision, watcher, events, 0, events.size(), Math.toIntExact(bytes), false));
  }

  private void writeFragments(Watcher watcher, long headerRevision, int limit) {
    List<SharedEvent> events = watcher.collected();
    boolean prevKv = watcher.spec().prevKv();
    int room = limit - responses.headBytes(headerRevision, watcher.id()) - FRAGMENT_FLAG_BYTES;
    int first = 0;
    while (first < events.size()) {
      int bytes = events.get(first).encoded(prevKv).length;
      int end = first + 1;
      while (end < events.size()) {
        int more = events.get(end).encoded(prevKv).length;
        if ((long) bytes + more >= room) {
          break;
        }
        bytes += more;
        end++;
      }
      stream.write(
          responses.events(
              headerRevision, watcher, events, first, end, bytes, end < events.size()));
      first = end;
    }
  }
}
