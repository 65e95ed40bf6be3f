package io.mooring.loop;

import io.vertx.core.Promise;

/**
 * A promise and the loop it resumes on.
 *
 * @param loop the loop of the one who asked
 * @param promise made by that loop
 */
public record Reply<T>(Loop loop, Promise<T> promise) {

  /** A fresh reply that resumes on a loop. */
  public static <T> Reply<T> on(Loop loop) {
    return new Reply<>(loop, loop.promise());
  }
}
