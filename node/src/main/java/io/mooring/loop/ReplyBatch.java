package io.mooring.loop;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Collects answers of one turn and sends them back as one task per loop, instead of one wake-up per
 * answer. Confined to the thread that fills it; reusable after {@link #flush}.
 */
public final class ReplyBatch {

  private final IdentityHashMap<Loop, List<Runnable>> byLoop = new IdentityHashMap<>();

  /** Adds a success. */
  public <T> void succeed(Reply<T> reply, @Nullable T value) {
    add(reply.loop(), () -> reply.promise().tryComplete(value));
  }

  /** Adds a failure. */
  public void fail(Reply<?> reply, Throwable cause) {
    add(reply.loop(), () -> reply.promise().tryFail(cause));
  }

  /** Sends all that was added, one task per loop. */
  public void flush() {
    for (Map.Entry<Loop, List<Runnable>> entry : byLoop.entrySet()) {
      List<Runnable> answers = entry.getValue();
      entry.getKey().execute(() -> answers.forEach(Runnable::run));
    }
    byLoop.clear();
  }

  private void add(Loop loop, Runnable answer) {
    byLoop.computeIfAbsent(loop, l -> new ArrayList<>()).add(answer);
  }
}
