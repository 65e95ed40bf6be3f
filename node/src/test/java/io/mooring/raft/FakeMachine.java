package io.mooring.raft;

import io.mooring.api.storage.EngineState;
import io.mooring.base.Check;
import io.mooring.loop.Loop;
import io.mooring.loop.Reply;
import io.mooring.loop.ReplyBatch;
import io.mooring.machine.Outcome;
import io.mooring.machine.View;
import io.mooring.raft.core.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Stands in for the machine and its engine: applies by remembering, answers with the index as
 * revision, and becomes durable behind the scenes, some entries at a time.
 */
final class FakeMachine implements Applier {

  final List<Entry> applied;
  StubEngine engine;
  private final Loop loop;
  private final SplittableRandom random;
  private final ReplyBatch replies = new ReplyBatch();
  private AppliedListener listener = view -> {};

  /** While true nothing is applied; what arrives waits. */
  boolean stalled;

  /** While true each view is told again a little later, as a busy apply thread makes it seem. */
  boolean tellsTwice;

  private final List<Committed> waiting = new ArrayList<>();

  FakeMachine(Loop loop, List<Entry> durable, long seed) {
    this.loop = loop;
    this.random = new SplittableRandom(seed);
    this.applied = new ArrayList<>(durable);
    this.engine = new StubEngine(state());
  }

  FakeMachine listener(AppliedListener to) {
    listener = to;
    return this;
  }

  View view() {
    return View.of(engine);
  }

  /** What a crash leaves of it. */
  List<Entry> durable() {
    return List.copyOf(applied.subList(0, (int) engine.durableIndex));
  }

  /** Goes on from another state, which is durable. On its loop. */
  View replace(List<Entry> state) {
    Check.that(waiting.isEmpty(), "R24 entries wait while a snapshot is installed");
    Check.that(state.size() > applied.size(), "R24 old snapshot");
    applied.clear();
    applied.addAll(state);
    engine = new StubEngine(state());
    listener.applied(view());
    return view();
  }

  @Override
  public void apply(Committed batch) {
    Check.that(batch.entries().size() == batch.replies().size(), "one reply per entry");
    loop.execute(
        () -> {
          waiting.add(batch);
          if (!stalled) {
            applyWaiting();
          }
        });
  }

  void resume() {
    stalled = false;
    loop.execute(this::applyWaiting);
  }

  private void applyWaiting() {
    for (Committed batch : waiting) {
      for (int i = 0; i < batch.entries().size(); i++) {
        Entry entry = batch.entries().get(i);
        Check.that(entry.index() == applied.size() + 1, "R26 applied out of order", entry.index());
        applied.add(entry);
        Reply<Outcome> reply = batch.replies().get(i);
        if (reply != null) {
          replies.succeed(reply, Outcome.done(entry.index()));
        }
      }
    }
    if (waiting.isEmpty()) {
      return;
    }
    waiting.clear();
    engine.state = state();
    if (random.nextInt(4) == 0) {
      long durable = engine.durableIndex;
      engine.durableIndex = durable + random.nextLong(applied.size() - durable + 1);
    }
    listener.applied(view());
    if (tellsTwice) {
      loop.execute(() -> listener.applied(view()));
    }
    replies.flush();
  }

  private EngineState state() {
    long term = applied.isEmpty() ? 0 : applied.get(applied.size() - 1).term();
    return new EngineState(applied.size(), term, applied.size() + 1, -1, 0, 0);
  }
}
