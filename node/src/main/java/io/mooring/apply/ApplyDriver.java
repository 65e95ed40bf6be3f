package io.mooring.apply;

import io.mooring.api.internalpb.Command;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.WriteBatch;
import io.mooring.base.Check;
import io.mooring.error.KvError;
import io.mooring.error.ServerError;
import io.mooring.loop.FatalHandler;
import io.mooring.loop.Loop;
import io.mooring.loop.Mailbox;
import io.mooring.loop.Reply;
import io.mooring.loop.ReplyBatch;
import io.mooring.machine.CommandCodec;
import io.mooring.machine.Machine;
import io.mooring.machine.Membership;
import io.mooring.machine.Outcome;
import io.mooring.machine.View;
import io.mooring.machine.mvcc.AnswerRoom;
import io.mooring.machine.mvcc.LateReads;
import io.mooring.raft.AppliedListener;
import io.mooring.raft.Applier;
import io.mooring.raft.Committed;
import io.mooring.raft.CommittedCommand;
import io.mooring.raft.core.Entry;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings committed entries into the machine and the engine, at its own pace: whatever has arrived
 * becomes one engine commit (within bounds), and then, in this order,
 *
 * <ol>
 *   <li>the engine shows it to new snapshots;
 *   <li>the view is published: whoever reads it can open such a snapshot;
 *   <li>hubs get what changed;
 *   <li>the raft loop hears how far the machine is, which releases waiting reads;
 *   <li>duties get what became of leases;
 *   <li>callers get their outcomes: what they ask next sees what they wrote.
 * </ol>
 *
 * <p>Runs on the apply loop, whose tasks may block: a commit waits while the engine's write-behind
 * is full, and that is the system's throttle. Anything thrown here ends the member; nothing of the
 * batch is acknowledged then.
 */
public final class ApplyDriver implements Applier {

  private static final Logger log = LoggerFactory.getLogger(ApplyDriver.class);

  /** Entries of one engine commit at most, so that replies do not wait for a long one. */
  static final int MAX_COMMIT_ENTRIES = 4_096;

  /** Entry bytes after which a commit ends. */
  static final long MAX_COMMIT_BYTES = 8L << 20;

  /** Batches on their way; the core's bound on bytes not yet applied is reached long before. */
  private static final int MAILBOX_CAPACITY = 1 << 20;

  /** Pause between slices of the engine's upkeep, so that it takes a share of the thread only. */
  private static final long MAINTAIN_PAUSE_NS = 10_000_000;

  /** Commands that take longer are worth a line: a delete of very many keys, above all. */
  private static final long SLOW_NS = 500_000_000;

  /** How long the reading of an answer after its command may hold back removal. */
  private static final long LATE_PIN_NS = 30_000_000_000L;

  /** A configuration change that the open batch has applied. */
  private record Configured(long index, boolean accepted, Membership now) {}

  private final Loop loop;

  /** Another one after an install. */
  private MvccEngine engine;

  private Machine machine;
  private final PinRegistry pins;
  private final AppliedListener listener;
  private final FatalHandler fatal;
  private final Mailbox<Committed> mailbox;
  private final List<EventSink> eventSinks = new CopyOnWriteArrayList<>();
  private final List<LeaseSink> leaseSinks = new CopyOnWriteArrayList<>();

  private final EffectsRecorder effects = new EffectsRecorder();
  private final ReplyBatch replies = new ReplyBatch();
  private final ApplyMeter meter = new ApplyMeter();
  private final List<Configured> configured = new ArrayList<>();
  private final PhysicalWaits physicalWaits = new PhysicalWaits();
  private @Nullable WriteBatch batch;
  private int batchEntries;
  private long batchBytes;
  private boolean maintaining;
  private boolean ended;

  private volatile View view;

  /**
   * Restores the machine from an engine. Nothing runs before {@link #start}.
   *
   * @param loop the apply loop; the engine's write side belongs to it from now on
   * @param pins of the engine, for replies that are read after the command
   */
  public ApplyDriver(
      Loop loop,
      MvccEngine engine,
      PinRegistry pins,
      AppliedListener listener,
      FatalHandler fatal) {
    this.loop = loop;
    this.engine = engine;
    this.pins = pins;
    this.listener = listener;
    this.fatal = fatal;
    machine = Machine.restore(engine);
    view = machine.view(engine);
    mailbox = new Mailbox<>(loop, MAILBOX_CAPACITY, this::receive);
  }

  /** Resumes the engine's upkeep, such as a compaction that a crash cut short. Any thread. */
  public void start() {
    loop.execute(() -> guarded(this::scheduleMaintenance));
  }

  /** The newest view. Any thread. */
  public View view() {
    return view;
  }

  /** What applying costs. Any thread. */
  public ApplyMeter meter() {
    return meter;
  }

  /**
   * Adds a hub. It gets every batch from some point on; the first one's {@code fromRevision} says
   * from which. Any thread.
   */
  public void addEventSink(EventSink sink) {
    eventSinks.add(sink);
  }

  /** Adds a keeper of deadlines, which loads what exists already from a view. Any thread. */
  public void addLeaseSink(LeaseSink sink) {
    leaseSinks.add(sink);
  }

  @Override
  public void apply(Committed committed) {
    Check.that(mailbox.offer(committed), "R28 the core handed out beyond its bound");
  }

  /**
   * To be called when the engine says so: physical removal below this revision has finished. Any
   * thread.
   */
  public void reclaimed(long revision) {
    loop.execute(
        () ->
            guarded(
                () -> {
                  // The engine's figures fall first: while they say that the store is full nothing
                  // is written, and without a write nobody else would look at them again.
                  if (engine.maintain()) {
                    scheduleMaintenance();
                  }
                  release(revision);
                }));
  }

  /**
   * To be called when the engine has written something behind: what it holds in memory for that can
   * go, also when no further commit asks. Any thread.
   */
  public void wrote() {
    loop.execute(() -> guarded(this::scheduleMaintenance));
  }

  /**
   * Holds the state as it is when everything that has arrived is applied. Any thread.
   *
   * @param caller the loop that the future resumes on
   * @return to be closed; fails when the engine cannot open a snapshot now
   */
  public Future<Frozen> freeze(Loop caller) {
    Reply<Frozen> reply = Reply.on(caller);
    loop.execute(
        () ->
            guarded(
                () -> {
                  try {
                    Snapshot snapshot = engine.snapshot();
                    Check.that(
                        snapshot.state().appliedIndex() == view.appliedIndex(),
                        "M11 engine and view differ");
                    replies.succeed(reply, new Frozen(view, snapshot));
                  } catch (EngineException e) {
                    replies.fail(reply, e);
                  }
                  replies.flush();
                }));
    return reply.promise().future();
  }

  /**
   * Goes on from another engine, into which a transfer snapshot was loaded, durably. All entries
   * that have arrived are below it. Any thread.
   *
   * <p>Hubs find that revisions are missing, and bring their watchers up from the new engine's
   * history; who stands below its compact revision hears that it was compacted. Nobody keeps
   * deadlines of leases on a member that follows; one that leads later begins with all of them.
   *
   * @param caller the loop that the future resumes on
   * @param next belongs to the apply loop from now on; the old one is the caller's to close
   * @return the view that has been published
   */
  public Future<View> replaceEngine(Loop caller, MvccEngine next) {
    Reply<View> reply = Reply.on(caller);
    loop.execute(
        () ->
            guarded(
                () -> {
                  Check.that(batch == null, "R24 an open batch");
                  Machine restored = Machine.restore(next);
                  Check.that(
                      restored.appliedIndex() > machine.appliedIndex(),
                      "R24 old snapshot",
                      restored.appliedIndex());
                  machine = restored;
                  engine = next;
                  publish();
                  release(engine.reclaimedRevision());
                  scheduleMaintenance();
                  replies.succeed(reply, view);
                  replies.flush();
                }));
    return reply.promise().future();
  }

  /**
   * Applies what has arrived and closes the engine, which saves what it can in short. Nothing is
   * applied after.
   *
   * @param caller the loop that the future resumes on
   * @return the applied index that is durable in the engine; the log has the rest
   */
  public Future<Long> stop(Loop caller) {
    Reply<Long> reply = Reply.on(caller);
    loop.execute(
        () ->
            guarded(
                () -> {
                  ended = true;
                  physicalWaits.failAll(ServerError.STOPPED, replies);
                  replies.flush();
                  engine.close();
                  replies.succeed(reply, engine.durableIndex());
                  replies.flush();
                }));
    return reply.promise().future();
  }

  private void receive(List<Committed> turn) {
    guarded(
        () -> {
          for (Committed committed : turn) {
            applyAll(committed);
          }
          commit();
        });
  }

  private void applyAll(Committed committed) {
    List<Entry> entries = committed.entries();
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      Reply<Outcome> reply = committed.replies().get(i);
      if (entry.index() <= machine.appliedIndex()) {
        // Replay at start begins where the log does, which is behind the engine.
        Check.that(reply == null, "R26 somebody waits for an entry applied before", entry.index());
        continue;
      }
      apply(entry, reply);
      if (batchEntries >= MAX_COMMIT_ENTRIES || batchBytes >= MAX_COMMIT_BYTES) {
        commit();
      }
    }
  }

  private void apply(Entry entry, @Nullable Reply<Outcome> reply) {
    WriteBatch open = batch();
    batchEntries++;
    batchBytes += entry.data().length;
    byte[] data = CommittedCommand.of(entry);
    if (data == null) {
      Check.that(reply == null, "somebody waits for an entry without a command", entry.index());
      machine.skip(entry.index(), entry.term());
      configured(entry, true);
      return;
    }
    long beganNs = loop.nowNs();
    Command command = CommandCodec.decode(data);
    AnswerRoom room = reply == null ? AnswerRoom.unwanted() : AnswerRoom.small();
    Outcome outcome = machine.apply(open, entry.index(), entry.term(), command, effects, room);
    long tookNs = loop.nowNs() - beganNs;
    meter.applied(command.getBodyCase(), outcome.refusal() == null, tookNs);
    if (tookNs > SLOW_NS) {
      // Whoever waits behind it should be able to see for what.
      log.warn(
          "entry {}, a {} of {} bytes, took {} ms to apply",
          entry.index(),
          command.getBodyCase(),
          data.length,
          TimeUnit.NANOSECONDS.toMillis(tookNs));
    }
    configured(entry, outcome.refusal() == null);
    if (reply == null) {
      return;
    }
    if (command.hasCompaction() && command.getCompaction().getPhysical()) {
      answerPhysical(command.getCompaction().getRevision(), reply, outcome);
    } else {
      replies.succeed(reply, outcome.late() == null ? outcome : pinned(outcome, outcome.late()));
    }
  }

  /** Taken before anything else is applied: no compaction has passed what is to be read late. */
  private Outcome pinned(Outcome outcome, LateReads late) {
    PinRegistry.Pin pin =
        pins.tryPin(engine, late.lowestRevision(), "late answer", loop.nowNs() + LATE_PIN_NS);
    return outcome.pinned(Check.present(pin, "a revision to be read late is gone"));
  }

  private void configured(Entry entry, boolean accepted) {
    if (entry.kind() == Entry.Kind.CONFIG) {
      configured.add(new Configured(entry.index(), accepted, machine.membership()));
    }
  }

  /** As in etcd, a compaction that came too late waits for the removal too. */
  private void answerPhysical(long revision, Reply<Outcome> reply, Outcome outcome) {
    boolean waits = outcome.refusal() == null || outcome.refusal() == KvError.COMPACTED;
    // The store begins at revision 1: there is nothing to remove below it.
    if (waits && revision > 1) {
      physicalWaits.add(revision, reply, outcome, replies);
    } else {
      replies.succeed(reply, outcome);
    }
  }

  private WriteBatch batch() {
    WriteBatch open = batch;
    if (open == null) {
      open = engine.begin();
      batch = open;
      effects.begin(anySinkWantsPrevious());
    }
    return open;
  }

  private void commit() {
    WriteBatch open = batch;
    if (open == null) {
      return;
    }
    batch = null;
    batchEntries = 0;
    batchBytes = 0;
    long beganNs = loop.nowNs();
    EngineState state = machine.commit(open);
    meter.committed(loop.nowNs() - beganNs);
    Check.that(state.appliedIndex() == machine.appliedIndex(), "S9 engine and machine differ");
    Check.that(state.revision() == machine.revision(), "M11 engine and machine differ");
    publish();
    release(engine.reclaimedRevision());
    scheduleMaintenance();
  }

  private void publish() {
    View before = view;
    View now = machine.view(engine);
    Check.that(now.revision() >= before.revision(), "M7 revision fell");
    Check.that(now.compactRevision() >= before.compactRevision(), "M6 compact revision fell");
    view = now;
    if (now.compactRevision() > before.compactRevision()) {
      meter.compactionBegan(now.compactRevision(), loop.nowNs());
    }
    EventBatch events = new EventBatch(before.revision(), now, effects.takeRevisions());
    for (EventSink sink : eventSinks) {
      // A hub without room has marked its watchers unsynced; the engine is the buffer.
      boolean ignored = sink.offer(events);
    }
    for (Configured change : configured) {
      listener.configured(change.index(), change.accepted(), change.now());
    }
    configured.clear();
    // Before the deltas: a duty holds each against the view that consensus shows, and would drop a
    // grant that is not in it yet; that lease would never expire.
    listener.applied(now);
    LeaseDelta delta = effects.takeLeaseDelta(now.appliedIndex());
    if (delta != null) {
      for (LeaseSink sink : leaseSinks) {
        sink.offer(delta, now);
      }
    }
    replies.flush();
  }

  private boolean anySinkWantsPrevious() {
    for (EventSink sink : eventSinks) {
      if (sink.wantsPrevKv()) {
        return true;
      }
    }
    return false;
  }

  private void release(long reclaimedRevision) {
    meter.reclaimed(reclaimedRevision, loop.nowNs());
    if (!physicalWaits.isEmpty()) {
      physicalWaits.release(reclaimedRevision, replies);
      replies.flush();
    }
  }

  private void scheduleMaintenance() {
    if (!maintaining) {
      maintaining = true;
      loop.timer(MAINTAIN_PAUSE_NS, () -> guarded(this::maintain));
    }
  }

  private void maintain() {
    maintaining = false;
    boolean more = engine.maintain();
    release(engine.reclaimedRevision());
    if (more) {
      scheduleMaintenance();
    }
  }

  /** Runs a step unless the driver has ended; a failure ends it, and the member. */
  private void guarded(Runnable step) {
    if (ended) {
      return;
    }
    try {
      step.run();
    } catch (Throwable e) {
      ended = true;
      fatal.fatal("apply", e);
    }
  }
}
