package io.mooring.loop;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A promise for loops that are no Vert.x context: whoever completes it, its listeners run on the
 * loop.
 */
public final class LoopPromise<T> implements Promise<T> {

  private final Loop loop;
  private final Promise<T> inner = Promise.promise();
  private final AtomicBoolean settled = new AtomicBoolean();

  /** A promise that resumes on a loop. */
  public LoopPromise(Loop loop) {
    this.loop = loop;
  }

  @Override
  public boolean tryComplete(@Nullable T result) {
    return settle(() -> inner.complete(result));
  }

  @Override
  public boolean tryFail(Throwable cause) {
    return settle(() -> inner.fail(cause));
  }

  @Override
  public Future<T> future() {
    return inner.future();
  }

  private boolean settle(Runnable completion) {
    if (!settled.compareAndSet(false, true)) {
      return false;
    }
    if (loop.isCurrent()) {
      completion.run();
    } else {
      loop.execute(completion);
    }
    return true;
  }
}
