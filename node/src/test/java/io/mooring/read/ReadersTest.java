package io.mooring.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ReadersTest {

  @Test
  void anErrorInATaskCostsNoThread() throws Exception {
    try (Readers readers = new Readers(1, 4)) {
      CompletableFuture<Thread> before = new CompletableFuture<>();
      CompletableFuture<Thread> after = new CompletableFuture<>();
      assertThat(readers.offer(() -> before.complete(Thread.currentThread()))).isTrue();
      assertThat(
              readers.offer(
                  () -> {
                    throw new StackOverflowError("planted");
                  }))
          .isTrue();
      assertThat(readers.offer(() -> after.complete(Thread.currentThread()))).isTrue();
      assertThat(after.get(10, TimeUnit.SECONDS)).isSameAs(before.get(10, TimeUnit.SECONDS));
    }
  }
}
