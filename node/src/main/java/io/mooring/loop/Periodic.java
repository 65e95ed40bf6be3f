package io.mooring.loop;

/** Does something again and again on a loop, with a pause in between, until it is stopped. */
public final class Periodic {

  private final Loop loop;
  private final long pauseNs;
  private final Runnable task;
  private boolean stopped;

  /**
   * Prepares it; nothing runs before {@link #start}.
   *
   * @param pauseNs from one run to the next; positive
   * @param task runs on the loop; must not throw
   */
  public Periodic(Loop loop, long pauseNs, Runnable task) {
    this.loop = loop;
    this.pauseNs = pauseNs;
    this.task = task;
  }

  /** Begins with a run at once. Any thread; only once. */
  public void start() {
    loop.execute(this::run);
  }

  /** Ends: what runs now is the last run. Any thread. */
  public void stop() {
    loop.execute(() -> stopped = true);
  }

  private void run() {
    if (!stopped) {
      task.run();
      loop.timer(pauseNs, this::run);
    }
  }
}
