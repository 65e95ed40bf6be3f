package io.mooring.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MailboxTest {

  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

  private final Loop loop =
      new Loop() {
        @Override
        public void execute(Runnable task) {
          tasks.add(task);
        }

        @Override
        public Timer timer(long delayNs, Runnable task) {
          throw new AssertionError("no timers here");
        }

        @Override
        public <T> Promise<T> promise() {
          return Promise.promise();
        }

        @Override
        public boolean isCurrent() {
          return true;
        }

        @Override
        public long nowNs() {
          return 0;
        }
      };

  private void run() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  @Test
  void manyOffersCostOneTurn() {
    List<List<Integer>> turns = new ArrayList<>();
    Mailbox<Integer> mailbox = new Mailbox<>(loop, 10, turns::add);
    assertThat(mailbox.offer(1)).isTrue();
    assertThat(mailbox.offer(2)).isTrue();
    assertThat(tasks).hasSize(1);
    run();
    assertThat(turns).containsExactly(List.of(1, 2));
    assertThat(mailbox.size()).isZero();
  }

  @Test
  void fullRefusesAndTakesAgainAfterATurn() {
    List<List<Integer>> turns = new ArrayList<>();
    Mailbox<Integer> mailbox = new Mailbox<>(loop, 2, turns::add);
    assertThat(mailbox.offer(1)).isTrue();
    assertThat(mailbox.offer(2)).isTrue();
    assertThat(mailbox.offer(3)).as("beyond the bound").isFalse();
    run();
    assertThat(mailbox.offer(4)).isTrue();
    run();
    assertThat(turns).containsExactly(List.of(1, 2), List.of(4));
  }

  @Test
  void anOfferMadeByTheReceiverIsTheNextTurn() {
    List<Integer> seen = new ArrayList<>();
    List<Mailbox<Integer>> self = new ArrayList<>();
    Mailbox<Integer> mailbox =
        new Mailbox<>(
            loop,
            4,
            turn -> {
              seen.addAll(turn);
              if (seen.size() < 3) {
                assertThat(self.get(0).offer(seen.size())).isTrue();
              }
            });
    self.add(mailbox);
    assertThat(mailbox.offer(0)).isTrue();
    run();
    assertThat(seen).containsExactly(0, 1, 2);
  }
}
