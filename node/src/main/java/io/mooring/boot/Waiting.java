package io.mooring.boot;

import io.vertx.core.Future;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for futures on the thread that starts or stops a member, which is no loop. */
final class Waiting {

  /** Nothing in a start or a stop, replay apart, takes longer. */
  private static final long LIMIT_SECONDS = 60;

  private Waiting() {}

  /** Waits a bounded time; a failure is thrown as it is. */
  static <T> T forIt(Future<T> future, String doing) {
    return within(future, TimeUnit.SECONDS.toNanos(LIMIT_SECONDS), doing);
  }

  /** Waits however long it takes. */
  static <T> T forAsLong(Future<T> future, String doing) {
    return within(future, Long.MAX_VALUE, doing);
  }

  private static <T> T within(Future<T> future, long limitNs, String doing) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(limitNs, TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new StartException(doing + ": " + e.getCause());
    } catch (TimeoutException e) {
      throw new StartException(doing + ": not done within " + LIMIT_SECONDS + " s");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartException(doing + ": interrupted");
    }
  }
}
