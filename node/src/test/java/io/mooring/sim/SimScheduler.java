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
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Loops on one thread and a virtual clock, under one seed. Each loop runs its own tasks in order;
 * which loop runs next is random, so that the interleavings between loops differ from seed to seed
 * and repeat exactly for the same seed. Time moves by {@code stepNs} per task, and jumps to the
 * next timer when no task is left. A loop may have a clock that drifts, may stand still for a
 * while, and may be slow, as a thread is that waits for a disk.
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

  /** Makes a loop whose clock is the scheduler's. */
  public SimLoop loop(String name) {
    return loop(name, 0);
  }

  /**
   * Makes a loop whose clock goes at a rate of its own.
   *
   * @param driftPpm how much faster, in millionths; negative for slower
   */
  public SimLoop loop(String name, long driftPpm) {
    SimLoop loop = new SimLoop(name, driftPpm);
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
      ready += loop.ready() ? 1 : 0;
    }
    if (ready == 0) {
      return null;
    }
    int chosen = random.nextInt(ready);
    for (SimLoop loop : loops) {
      if (loop.ready() && chosen-- == 0) {
        return loop;
      }
    }
    throw new AssertionError("unreachable");
  }

  /** One simulated loop. */
  public final class SimLoop implements Loop {

    private final String name;
    private final long driftPpm;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private boolean dead;
    private long pausedUntilNs;
    private LongSupplier slownessNs = () -> 0;

    private SimLoop(String name, long driftPpm) {
      this.name = name;
      this.driftPpm = driftPpm;
    }

    @Override
    public void execute(Runnable task) {
      if (dead) {
        return;
      }
      tasks.add(task);
      if (tasks.size() == 1) {
        beSlow();
      }
    }

    @Override
    public Timer timer(long delayNs, Runnable task) {
      long realNs = delayNs - delayNs / 1_000_000 * driftPpm;
      SimTimer timer = new SimTimer(this, nowNs + realNs, sequence++, task);
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
      return nowNs + nowNs / 1_000_000 * driftPpm;
    }

    /** Runs nothing for a while; what arrives meanwhile waits. */
    public void pause(long forNs) {
      pauseUntil(nowNs + forNs);
    }

    /** From now on each task begins so much after the one before has ended. */
    public void slowDown(LongSupplier nextNs) {
      slownessNs = nextNs;
    }

    private void beSlow() {
      long forNs = slownessNs.getAsLong();
      if (forNs > 0) {
        pauseUntil(nowNs + forNs);
      }
    }

    private void pauseUntil(long untilNs) {
      if (untilNs > pausedUntilNs) {
        pausedUntilNs = untilNs;
        // Only so that time gets there when nobody else has anything to do.
        timers.add(new SimTimer(this, untilNs, sequence++, null));
      }
    }

    private boolean ready() {
      return !tasks.isEmpty() && pausedUntilNs <= nowNs;
    }

    /** Whether it was killed. */
    public boolean isDead() {
      return dead;
    }

    /** Tasks that wait, timers aside. */
    public int waiting() {
      return tasks.size();
    }

    /** The process of this loop dies: nothing waiting runs, nothing is taken any more. */
    public void kill() {
      dead = true;
      tasks.clear();
      loops.remove(this);
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
      if (!tasks.isEmpty()) {
        beSlow();
      }
    }
  }

  private static final class SimTimer implements Comparable<SimTimer> {
    private final SimLoop loop;
    private final long dueNs;
    private final long sequence;
    private final @Nullable Runnable task;
    private boolean canceled;

    SimTimer(SimLoop loop, long dueNs, long sequence, @Nullable Runnable task) {
      this.loop = loop;
      this.dueNs = dueNs;
      this.sequence = sequence;
      this.task = task;
    }

    void enqueue() {
      Runnable due = task;
      if (due == null) {
        return;
      }
      loop.execute(
          () -> {
            if (!canceled) {
              due.run();
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
