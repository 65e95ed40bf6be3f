package io.mooring.watch;

import io.mooring.api.storage.PinRegistry;
import io.mooring.apply.ChangeEvent;
import io.mooring.apply.EventBatch;
import io.mooring.apply.EventSink;
import io.mooring.apply.RevisionEvents;
import io.mooring.base.Check;
import io.mooring.loop.Loop;
import io.mooring.loop.Mailbox;
import io.mooring.machine.View;
import io.mooring.read.ReaderPool;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * All watchers of one client loop. Batches of events come in from the apply thread through a
 * bounded mailbox; the hub's revision is the last one it has handed on. Synced watchers have no
 * position of their own: it is the hub's. Nothing is buffered for a watcher: who cannot take an
 * event when it passes becomes unsynced at its revision and reads it again later.
 *
 * <p>A batch that found the mailbox full was dropped. The hub sees that the next one does not
 * follow the last, moves its revision, and lets everybody catch up: no event is lost and no writer
 * waits.
 */
public final class WatchHub implements EventSink {

  private final Loop loop;
  private final Supplier<View> latest;
  private final WatchResponses responses;
  private final WatchLimits limits;
  private final Random random;
  private final Mailbox<EventBatch> mailbox;
  private final AtomicLong queuedBytes = new AtomicLong();
  private final AtomicBoolean missed = new AtomicBoolean();

  private final KeyRangeTree<Watcher> synced = new KeyRangeTree<>();
  private final List<Watcher> touched = new ArrayList<>();
  private final List<WatchSession> awaitingProgress = new ArrayList<>();
  private final RecentEvents recent;
  private final CatchUp catchUp;
  private final ArrayDeque<EventBatch> backlog = new ArrayDeque<>();
  private final AtomicInteger watcherCount = new AtomicInteger();
  private final AtomicInteger prevKvCount = new AtomicInteger();
  private final AtomicInteger syncedCount = new AtomicInteger();
  private final AtomicInteger streamCount = new AtomicInteger();
  private final AtomicLong queuedEvents = new AtomicLong();
  private final WatchMeter meter = new WatchMeter();
  private long revision;

  /** Revisions of the first batch of the backlog that have been handed on. */
  private int backlogPosition;

  private boolean workScheduled;
  private boolean pumpScheduled;

  /**
   * Creates a hub; the caller registers it with the apply driver, then calls {@link #start}.
   *
   * @param latest the member's newest view, from any thread; published before its events are
   *     offered
   * @param readers where history is read
   * @param pins of the engine
   * @param seed spreads the progress intervals of streams
   */
  public WatchHub(
      Loop loop,
      Supplier<View> latest,
      ReaderPool readers,
      PinRegistry pins,
      WatchResponses responses,
      WatchLimits limits,
      long seed) {
    this.loop = loop;
    this.latest = latest;
    this.responses = responses;
    this.limits = limits;
    this.random = new Random(seed);
    this.revision = latest.get().revision();
    this.recent = new RecentEvents(limits.recentRevisions(), limits.recentBytes(), revision + 1);
    this.catchUp = new CatchUp(this, limits, readers, pins);
    this.mailbox = new Mailbox<>(loop, limits.maxQueuedBatches(), this::receive);
  }

  /** Stands where the member stands: what was applied before it was registered passed it by. */
  public void start() {
    skipTo(latest.get().revision());
  }

  /** Opens the watchers of a new stream. On the loop, as everything below but {@link #offer}. */
  public WatchSession open(WatchStream stream) {
    Check.that(loop.isCurrent(), "a hub is its loop's");
    long tenth = Math.max(1, limits.progressNotifyNs() / 10);
    if (streamCount.incrementAndGet() == 1) {
      // Counted first: what is offered from here on comes by, and what was not is in the view.
      skipTo(latest.get().revision());
    }
    return new WatchSession(
        this, stream, responses, limits.progressNotifyNs() + random.nextLong(tenth));
  }

  @Override
  public boolean offer(EventBatch batch) {
    if (streamCount.get() == 0) {
      return true; // nobody is there to see it, and whoever comes begins at a later view
    }
    long bytes = sizeBytes(batch);
    long queued = queuedBytes.addAndGet(bytes);
    // A batch beyond the bound is taken by an idle hub: somebody has to show it one day.
    boolean fits = queued <= limits.maxQueuedBytes() || queued == bytes;
    if (fits && mailbox.offer(batch)) {
      queuedEvents.addAndGet(eventCount(batch));
      return true;
    }
    queuedBytes.addAndGet(-bytes);
    if (missed.compareAndSet(false, true)) {
      loop.execute(this::recoverMissed); // the next batch may be long in coming
    }
    return false;
  }

  @Override
  public boolean wantsPrevKv() {
    return prevKvCount.get() > 0;
  }

  /** Watchers of this hub, whatever their state. Any thread. */
  public int watcherCount() {
    return watcherCount.get();
  }

  /** Watchers that get events as they arrive. Any thread. */
  public int syncedCount() {
    return syncedCount.get();
  }

  /** Streams of this hub. Any thread. */
  public int streamCount() {
    return streamCount.get();
  }

  /** What writing to watchers costs. Any thread. */
  public WatchMeter meter() {
    return meter;
  }

  /** Events that wait for the hub. Any thread. */
  public long queuedEvents() {
    return queuedEvents.get();
  }

  /** Bytes of events that wait for the hub. Any thread. */
  public long queuedBytes() {
    return queuedBytes.get();
  }

  /** Whether nobody is behind but those whose stream is full or who were canceled. */
  boolean settled() {
    return backlog.isEmpty() && catchUp.isIdle();
  }

  private void receive(List<EventBatch> turn) {
    backlog.addAll(turn);
    if (!workScheduled) {
      work();
    }
  }

  /** One turn's worth of the backlog; schedules itself for the rest. */
  private void work() {
    workScheduled = false;
    int budget = limits.deliveriesPerTurn();
    while (!backlog.isEmpty() && budget > 0) {
      EventBatch batch = backlog.getFirst();
      List<RevisionEvents> revisions = batch.revisions();
      if (backlogPosition == 0 && batch.fromRevision() > revision) {
        skipTo(batch.view().revision());
      }
      while (backlogPosition < revisions.size() && budget > 0) {
        RevisionEvents next = revisions.get(backlogPosition++);
        if (next.revision() > revision) {
          budget -= 1 + next.events().size() / 8 + dispatch(next);
        }
      }
      if (backlogPosition == revisions.size()) {
        skipTo(batch.view().revision());
        leavesQueue(batch);
        backlog.removeFirst();
        backlogPosition = 0;
      }
    }
    if (!backlog.isEmpty()) {
      workScheduled = true;
      loop.execute(this::work);
    }
    answerProgress();
  }

  /** Hands one revision to those who can take it now; returns how many wanted it. */
  private int dispatch(RevisionEvents events) {
    revision = events.revision();
    if (watcherCount.get() == 0) {
      recent.reset(revision + 1);
      return 0;
    }
    recent.add(events);
    if (synced.size() == 0) {
      return 0;
    }
    for (ChangeEvent change : events.events()) {
      SharedEvent event = new SharedEvent(revision, change);
      synced.visit(change.key(), watcher -> collect(watcher, event));
    }
    int wanted = touched.size();
    for (int i = 0; i < wanted; i++) {
      Watcher watcher = touched.get(i);
      give(watcher, i >= limits.liveFanOut());
      watcher.clearCollected();
    }
    touched.clear();
    return wanted;
  }

  /**
   * Writes what a watcher has collected, or lets it read that again.
   *
   * @param later the rest of a large crowd is served from memory in the following turns
   */
  private void give(Watcher watcher, boolean later) {
    if (watcher.state() != Watcher.State.SYNCED) {
      return; // its stream has closed while another watcher's response was written to it
    }
    if (later || watcher.session().stream().full() || watcher.lacksPrevKv()) {
      fallBehind(watcher, revision);
    } else {
      watcher.session().writeEvents(watcher, revision);
    }
  }

  private void collect(Watcher watcher, SharedEvent event) {
    if (event.revision() >= watcher.floor()
        && watcher.wants(event.change())
        && watcher.collect(event)) {
      touched.add(watcher);
    }
  }

  /** Moves to a revision whose events are not at hand: whoever is synced has to read them. */
  private void skipTo(long target) {
    if (target <= revision) {
      return;
    }
    long first = revision + 1;
    revision = target;
    recent.reset(target + 1);
    List<Watcher> behind = new ArrayList<>();
    synced.visitAll(
        watcher -> {
          if (watcher.floor() <= target) {
            behind.add(watcher);
          }
        });
    for (Watcher watcher : behind) {
      fallBehind(watcher, Math.max(first, watcher.floor()));
    }
  }

  private void recoverMissed() {
    missed.set(false);
    for (EventBatch batch : backlog) {
      leavesQueue(batch);
    }
    backlog.clear(); // all of it is below the view
    backlogPosition = 0;
    skipTo(latest.get().revision());
    answerProgress();
  }

  private void fallBehind(Watcher watcher, long firstMissed) {
    unplace(watcher);
    watcher.raiseFloor(firstMissed);
    mustCatchUp(watcher);
  }

  private void answerProgress() {
    if (!awaitingProgress.isEmpty()) {
      awaitingProgress.removeIf(WatchSession::answerProgress);
    }
  }

  private void leavesQueue(EventBatch batch) {
    queuedBytes.addAndGet(-sizeBytes(batch));
    queuedEvents.addAndGet(-eventCount(batch));
  }

  private static long eventCount(EventBatch batch) {
    long count = 0;
    List<RevisionEvents> revisions = batch.revisions();
    for (int i = 0; i < revisions.size(); i++) {
      count += revisions.get(i).events().size();
    }
    return count;
  }

  private static long sizeBytes(EventBatch batch) {
    long size = 64;
    List<RevisionEvents> revisions = batch.revisions();
    for (int i = 0; i < revisions.size(); i++) {
      size += RecentEvents.sizeBytes(revisions.get(i));
    }
    return size;
  }

  // What sessions and catching up ask of the hub.

  Loop loop() {
    return loop;
  }

  WatchLimits limits() {
    return limits;
  }

  RecentEvents recent() {
    return recent;
  }

  View latestView() {
    return latest.get();
  }

  /** The last revision handed on. */
  long revision() {
    return revision;
  }

  /** The member's revision, of which the hub may be a few turns short. */
  long currentRevision() {
    return Math.max(revision, latest.get().revision());
  }

  long compactRevision() {
    return latest.get().compactRevision();
  }

  boolean hasRoom() {
    return watcherCount.get() < limits.maxWatchersPerHub();
  }

  /** Counts a new watcher, which is in no tree yet. */
  void created(Watcher watcher) {
    watcherCount.incrementAndGet();
    if (watcher.spec().prevKv()) {
      prevKvCount.incrementAndGet();
    }
  }

  /** Takes a watcher, which is in no tree, among those who get events as they arrive. */
  void becameSynced(Watcher watcher) {
    watcher.synced(synced);
    syncedCount.incrementAndGet();
  }

  /** Takes a watcher, which is in no tree, among those who read history. */
  void mustCatchUp(Watcher watcher) {
    if (watcher.session().stream().full()) {
      watcher.session().block(watcher);
      return;
    }
    catchUp.add(watcher);
    if (!pumpScheduled) {
      pumpScheduled = true;
      loop.execute(
          () -> {
            pumpScheduled = false;
            catchUp.pump();
          });
    }
  }

  /** Forgets a watcher that is about to be closed. */
  void leaves(Watcher watcher) {
    unplace(watcher);
    watcherCount.decrementAndGet();
    if (watcher.spec().prevKv()) {
      prevKvCount.decrementAndGet();
    }
  }

  /** Makes a progress request wait for the hub. */
  void awaitProgress(WatchSession session) {
    if (!awaitingProgress.contains(session)) {
      awaitingProgress.add(session);
    }
  }

  void closed(WatchSession session) {
    streamCount.decrementAndGet();
    awaitingProgress.remove(session);
  }

  private void unplace(Watcher watcher) {
    switch (watcher.state()) {
      case SYNCED -> {
        synced.remove(watcher.place());
        syncedCount.decrementAndGet();
      }
      case CATCHING_UP -> catchUp.remove(watcher);
      case BLOCKED, COMPACTED, CLOSED -> {}
    }
  }
}
