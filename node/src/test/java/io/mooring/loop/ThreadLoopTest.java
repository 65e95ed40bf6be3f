package io.mooring.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ThreadLoopTest {

  private final CompletableFuture<Throwable> died = new CompletableFuture<>();
  private final FatalHandler fatal = (where, cause) -> died.complete(cause);

  @Test
  void runsTasksInOrderAndDrainsOnClose() {
    List<Integer> seen = new ArrayList<>();
    try (ThreadLoop loop = new ThreadLoop("test", fatal)) {
      for (int i = 0; i < 1_000; i++) {
        int n = i;
        loop.execute(() -> seen.add(n));
      }
    }
    assertThat(seen).hasSize(1_000).isSorted();
    assertThat(died).isNotDone();
  }

  @Test
  void timersRunInOrderOfTimeAndCanBeCanceled() throws Exception {
    List<String> seen = new ArrayList<>();
    CountDownLatch done = new CountDownLatch(1);
    try (ThreadLoop loop = new ThreadLoop("test", fatal)) {
      loop.timer(TimeUnit.MILLISECONDS.toNanos(30), done::countDown);
      loop.timer(TimeUnit.MILLISECONDS.toNanos(10), () -> seen.add("b"));
      loop.timer(0, () -> seen.add("a"));
      loop.timer(TimeUnit.MILLISECONDS.toNanos(5), () -> seen.add("never")).cancel();
      assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(seen).containsExactly("a", "b");
  }

  @Test
  @Covers("J8")
  void uncaughtErrorEndsTheMemberAndTheLoop() throws Exception {
    List<String> seen = new ArrayList<>();
    IllegalStateException defect = new IllegalStateException("defect");
    try (ThreadLoop loop = new ThreadLoop("test", fatal)) {
      loop.execute(
          () -> {
            throw defect;
          });
      assertThat(died.get(10, TimeUnit.SECONDS)).isSameAs(defect);
      loop.execute(() -> seen.add("after"));
    }
    assertThat(seen).isEmpty();
  }

  @Test
  void promisesResumeOnTheLoop() throws Exception {
    CompletableFuture<Boolean> onLoop = new CompletableFuture<>();
    try (ThreadLoop loop = new ThreadLoop("test", fatal)) {
      Promise<String> promise = loop.promise();
      promise.future().onSuccess(value -> onLoop.complete(loop.isCurrent()));
      assertThat(promise.tryComplete("x")).isTrue();
      assertThat(promise.tryFail("late")).isFalse();
      assertThat(onLoop.get(10, TimeUnit.SECONDS)).isTrue();
    }
  }
}
