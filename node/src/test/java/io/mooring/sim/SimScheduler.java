package io.mooring.sim;

import io.mooring.loop.Loop;
import io.mooring.loop.LoopPromise;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Loops on one thread and a virtual clock, under one seed. Each loop runs its own tasks in order;
 * which loop runs next is random, so that the interleavings between loops differ from seed to seed
 * and repeat exactly for the same seed. Time moves by {@code stepNs} per task, and jumps to the
 * next timer when no task is left.
 */
public final class SimScheduler {

  private static final long DEFAULT_STEP_NS = 1_000;

  private final SplittableRandom random;
  private final long stepNs;
  private final List<SimLoop> loops = new ArrayList<>();
  private final PriorityQueue<SimTimer> timers = new PriorityQueue<>();
  private long nowNs;
  private long sequence;
  private long steps;
  private @Nullable SimLoop current;

  /** A scheduler whose every choice follows from the seed. */
  public SimScheduler(long seed) {
    this(seed, DEFAULT_STEP_NS);
  }

  /** A scheduler with its own virtual cost per task. */
  public SimScheduler(long seed, long stepNs) {
    this.random = new SplittableRandom(seed);
    this.stepNs = stepNs;
  }

  /** Makes a loop. */
  public SimLoop loop(String name) {
    SimLoop loop = new SimLoop(name);
    loops.add(loop);
    return loop;
  }

  /** Virtual time. */
  public long nowNs() {
    return nowNs;
  }

  /** Tasks run so far. */
  public long steps() {
    return steps;
  }

  /** Runs one task, or the next timer. False: nothing is left to do. */
  public boolean step() {
    fireDue();
    SimLoop next = pick();
    if (next == null) {
      SimTimer timer = timers.poll();
      if (timer == null) {
        return false;
      }
      nowNs = Math.max(nowNs, timer.dueNs);
      timer.enqueue();
      return true;
    }
    next.runOne();
    nowNs += stepNs;
    steps++;
    return true;
  }

  /** Runs until no task is left, without waiting for timers. */
  public void runReady() {
    fireDue();
    while (pick() != null) {
      step();
    }
  }

  /** Lets time pass, running what becomes due. */
  public void advance(long deltaNs) {
    long until = nowNs + deltaNs;
    while (true) {
      runReady();
      SimTimer timer = timers.peek();
      if (timer == null || timer.dueNs > until) {
        break;
      }
      step();
    }
    nowNs = Math.max(nowNs, until);
  }

  /** Timers that have not fired, and were not canceled. */
  public int pendingTimers() {
    return (int) timers.stream().filter(timer -> !timer.canceled).count();
  }

  /** Runs until a condition holds; throws when that takes more steps than allowed. */
  public void runUntil(BooleanSupplier condition, long maxSteps) {
    for (long i = 0; !condition.getAsBoolean(); i++) {
      if (i == maxSteps || !step()) {
        throw new AssertionError("condition not reached after " + i + " steps");
      }
    }
  }

  private void fireDue() {
    for (SimTimer timer = timers.peek();
        timer != null && timer.dueNs <= nowNs;
        timer = timers.peek()) {
      timers.remove();
      timer.enqueue();
    }
  }

  private @Nullable SimLoop pick() {
    int ready = 0;
    for (SimLoop loop : loops) {
      ready += loop.tasks.isEmpty() ? 0 : 1;
    }
    if (ready == 0) {
      return null;
    }
    int chosen = random.nextInt(ready);
    for (SimLoop loop : loops) {
      if (!loop.tasks.isEmpty() && chosen-- == 0) {
        return loop;
      }
    }
    throw new AssertionError("unreachable");
  }

  /** One simulated loop. */
  public final class SimLoop implements Loop {

    private final String name;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private boolean dead;

    private SimLoop(String name) {
      this.name = name;
    }

    @Override
    public void execute(Runnable task) {
      if (!dead) {
        tasks.add(task);
      }
    }

    @Override
    public Timer timer(long delayNs, Runnable task) {
      SimTimer timer = new SimTimer(this, nowNs + delayNs, sequence++, task);
      timers.add(timer);
      return () -> timer.canceled = true;
    }

    @Override
    public <T> Promise<T> promise() {
      return new LoopPromise<>(this);
    }

    @Override
    public boolean isCurrent() {
      return current == this;
    }

    @Override
    public long nowNs() {
      return SimScheduler.this.nowNs;
    }

    /** The process of this loop dies: nothing waiting runs, nothing is taken any more. */
    public void kill() {
      dead = true;
      tasks.clear();
    }

    @Override
    public String toString() {
      return name;
    }

    private void runOne() {
      SimLoop outer = current;
      current = this;
      try {
        tasks.remove().run();
      } finally {
        current = outer;
      }
    }
  }

  private static final class SimTimer implements Comparable<SimTimer> {
    private final SimLoop loop;
    private final long dueNs;
    private final long sequence;
    private final Runnable task;
    private boolean canceled;

    SimTimer(SimLoop loop, long dueNs, long sequence, Runnable task) {
      this.loop = loop;
      this.dueNs = dueNs;
      this.sequence = sequence;
      this.task = task;
    }

    void enqueue() {
      loop.execute(
          () -> {
            if (!canceled) {
              task.run();
            }
          });
    }

    @Override
    public int compareTo(SimTimer other) {
      return dueNs != other.dueNs
          ? Long.compare(dueNs, other.dueNs)
          : Long.compare(sequence, other.sequence);
    }
  }
}
