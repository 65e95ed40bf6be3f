package io.mooring.duty;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.base.Check;
import io.mooring.machine.lease.Lease;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LeaseDeadlinesTest {

  private record Model(long ttl, long deadline, long due) {}

  @Test
  void ordersLikeASortedMap() {
    for (long seed = 1; seed <= 100; seed++) {
      Random random = new Random(seed);
      // Near the end of the number range: only differences may count.
      long base = seed % 2 == 0 ? Long.MAX_VALUE - 500 : random.nextInt(1000);
      LeaseDeadlines leases = new LeaseDeadlines();
      Map<Long, Model> model = new TreeMap<>();
      for (int step = 0; step < 600; step++) {
        long id = random.nextInt(60) - 30;
        int slot = leases.find(id);
        assertThat(slot >= 0).as("seed %d", seed).isEqualTo(model.containsKey(id));
        switch (random.nextInt(5)) {
          case 0, 1 -> {
            long deadline = base + random.nextInt(1000);
            leases.put(new Lease(id, step, 0, 1), deadline);
            model.put(id, new Model(step, deadline, deadline));
          }
          case 2 -> {
            leases.remove(id);
            model.remove(id);
          }
          case 3 -> {
            if (slot >= 0) {
              long due = base + random.nextInt(1000);
              leases.due(slot, due);
              model.computeIfPresent(id, (i, m) -> new Model(m.ttl, m.deadline, due));
            }
          }
          default -> {
            if (slot >= 0) {
              long deadline = leases.deadlineNs(slot) + random.nextInt(100);
              leases.extend(slot, deadline);
              model.computeIfPresent(id, (i, m) -> new Model(m.ttl, deadline, m.due));
            }
          }
        }
        check(leases, model, base, seed);
      }
    }
  }

  private static void check(LeaseDeadlines leases, Map<Long, Model> model, long base, long seed) {
    assertThat(leases.size()).isEqualTo(model.size());
    if (!model.isEmpty()) {
      long first = model.values().stream().mapToLong(m -> m.due - base).min().getAsLong();
      assertThat(leases.firstDueNs() - base).as("seed %d", seed).isEqualTo(first);
      int slot = leases.first();
      Model expected = Check.present(model.get(leases.id(slot)), "unknown lease first");
      assertThat(leases.ttlSeconds(slot)).isEqualTo(expected.ttl);
      assertThat(leases.deadlineNs(slot)).isEqualTo(expected.deadline);
    }
  }

  @Test
  void tellsALeaseFromAnotherThatHadItsId() {
    LeaseDeadlines leases = new LeaseDeadlines();
    Lease before = new Lease(7, 10, 0, 100);
    Lease now = new Lease(7, 60, 0, 200);
    leases.put(before, 1_000);
    assertThat(leases.find(before)).isEqualTo(leases.find(7)).isNotNegative();
    assertThat(leases.find(now)).isNegative();
    int slot = leases.put(now, 2_000);
    assertThat(leases.find(now)).isEqualTo(slot);
    assertThat(leases.find(before)).isNegative();
    assertThat(leases.size()).isOne();
    assertThat(leases.ttlSeconds(slot)).isEqualTo(60);
  }

  @Test
  void comesUpInOrder() {
    LeaseDeadlines leases = new LeaseDeadlines();
    Random random = new Random(7);
    for (int i = 0; i < 10_000; i++) {
      leases.put(new Lease(random.nextLong(), 60, 0, 1), random.nextInt(1_000_000));
    }
    List<Long> order = new ArrayList<>();
    while (leases.size() > 0) {
      order.add(leases.firstDueNs());
      leases.remove(leases.id(leases.first()));
    }
    assertThat(order).isSorted().hasSize(10_000);
  }
}
