package io.mooring.loop;

import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.TimeUnit;

/** A loop on the event loop of a Vert.x context. */
public final class VertxLoop implements Loop {

  private final ContextInternal context;
  private final Vertx vertx;

  /** Wraps an event-loop context. */
  public VertxLoop(Context context) {
    this.context = (ContextInternal) context;
    this.vertx = context.owner();
  }

  /** The wrapped context, for those who bind servers and clients to it. */
  public Context context() {
    return context;
  }

  @Override
  public void execute(Runnable task) {
    // Not context.execute: on the loop itself that would run the task at once, inside its caller.
    context.runOnContext(ignored -> task.run());
  }

  @Override
  public Timer timer(long delayNs, Runnable task) {
    long delayMs = Math.max(1, TimeUnit.NANOSECONDS.toMillis(delayNs + 999_999));
    boolean[] canceled = new boolean[1];
    long[] id = {-1};
    Runnable arm =
        () -> {
          if (!canceled[0]) {
            id[0] = context.setTimer(delayMs, ignored -> task.run());
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
