package io.mooring.loop;

import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A loop on the event loop of a Vert.x context. */
public final class VertxLoop implements Loop {

  private final ContextInternal context;
  private final Vertx vertx;
  private final Consumer<Runnable> run;

  /**
   * Wraps an event-loop context; what its tasks throw is logged by Vert.x, and the loop goes on.
   */
  public VertxLoop(Context context) {
    this(context, Runnable::run);
  }

  /**
   * Wraps an event-loop context whose tasks are all our own: one that throws is a defect, and ends
   * the member, as on a {@link ThreadLoop}. A clock that stood still would harm more.
   *
   * @param name what runs here, for the operator
   */
  public VertxLoop(Context context, String name, FatalHandler fatal) {
    this(
        context,
        task -> {
          try {
            task.run();
          } catch (Throwable e) {
            fatal.fatal(name, e);
          }
        });
  }

  private VertxLoop(Context context, Consumer<Runnable> run) {
    this.context = (ContextInternal) context;
    this.vertx = context.owner();
    this.run = run;
  }

  /** The wrapped context, for those who bind servers and clients to it. */
  public Context context() {
    return context;
  }

  @Override
  public void execute(Runnable task) {
    // Not context.execute: on the loop itself that would run the task at once, inside its caller.
    context.runOnContext(ignored -> run.accept(task));
  }

  @Override
  public Timer timer(long delayNs, Runnable task) {
    long delayMs = Math.max(1, TimeUnit.NANOSECONDS.toMillis(delayNs + 999_999));
    boolean[] canceled = new boolean[1];
    long[] id = {-1};
    Runnable arm =
        () -> {
          if (!canceled[0]) {
            id[0] = context.setTimer(delayMs, ignored -> run.accept(task));
          }
        };
    if (isCurrent()) {
      arm.run();
    } else {
      context.execute(arm);
    }
    return () -> {
      canceled[0] = true;
      if (id[0] >= 0) {
        vertx.cancelTimer(id[0]);
      }
    };
  }

  @Override
  public <T> Promise<T> promise() {
    return context.promise();
  }

  @Override
  public boolean isCurrent() {
    return context.inThread();
  }

  @Override
  public long nowNs() {
    return System.nanoTime();
  }
}
