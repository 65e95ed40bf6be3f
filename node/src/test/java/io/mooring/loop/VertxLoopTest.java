package io.mooring.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class VertxLoopTest {

  @Test
  void whatIsExecutedOnTheLoopItselfRunsAfterTheCurrentTask() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      VertxLoop loop = new VertxLoop(((VertxInternal) vertx).createEventLoopContext());
      List<String> order = new CopyOnWriteArrayList<>();
      CompletableFuture<Boolean> done = new CompletableFuture<>();
      loop.execute(
          () -> {
            loop.execute(() -> order.add("second"));
            loop.execute(() -> done.complete(loop.isCurrent()));
            order.add("first");
          });
      assertThat(done.get(10, TimeUnit.SECONDS)).isTrue();
      assertThat(order).containsExactly("first", "second");
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  /** A duty whose task threw would never look at the clock again, and nobody would know. */
  @Test
  void aTaskThatThrowsOnALoopOfOurOwnEndsTheMember() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      CompletableFuture<String> ended = new CompletableFuture<>();
      VertxLoop loop =
          new VertxLoop(
              ((VertxInternal) vertx).createEventLoopContext(),
              "duty",
              (where, cause) -> ended.complete(where + ": " + cause.getMessage()));
      loop.timer(
          1,
          () -> {
            throw new IllegalStateException("defect");
          });
      assertThat(ended.get(10, TimeUnit.SECONDS)).isEqualTo("duty: defect");
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }
}
