package io.mooring.duty;

import io.mooring.error.EtcdError;
import io.mooring.error.ServerError;
import io.mooring.loop.Reply;
import io.mooring.loop.ReplyBatch;
import io.mooring.machine.lease.LeaseTable;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import java.util.ArrayList;
import java.util.List;

/** Who waits for an expired lease to be gone. Bounded; confined to the duty loop. */
final class LeaseWaiters {

  private final ReplyBatch replies;
  private final int capacity;
  private final Long2ObjectOpenHashMap<List<Waiter>> byLease = new Long2ObjectOpenHashMap<>();
  private int count;

  private record Waiter(long deadlineNs, Reply<Long> reply) {}

  LeaseWaiters(ReplyBatch replies, int capacity) {
    this.replies = replies;
    this.capacity = capacity;
  }

  void add(long leaseId, long deadlineNs, Reply<Long> reply) {
    if (count == capacity) {
      replies.fail(reply, ServerError.TOO_MANY_REQUESTS.exception());
      return;
    }
    count++;
    byLease.computeIfAbsent(leaseId, id -> new ArrayList<>(1)).add(new Waiter(deadlineNs, reply));
  }

  void gone(long leaseId) {
    List<Waiter> waiters = byLease.remove(leaseId);
    if (waiters != null) {
      count -= waiters.size();
      waiters.forEach(waiter -> replies.succeed(waiter.reply, 0L));
    }
  }

  /** Answers those who have waited too long, and those whom no word has reached. */
  void sweep(long nowNs, LeaseTable table) {
    if (count == 0) {
      return;
    }
    for (long leaseId : byLease.keySet().toLongArray()) {
      if (!table.contains(leaseId)) {
        gone(leaseId);
      }
    }
    for (List<Waiter> waiters : byLease.values()) {
      waiters.removeIf(
          waiter -> {
            boolean late = nowNs - waiter.deadlineNs >= 0;
            if (late) {
              count--;
              replies.fail(waiter.reply, ServerError.TIMEOUT.exception());
            }
            return late;
          });
    }
    byLease.values().removeIf(List::isEmpty);
  }

  void failAll(EtcdError reason) {
    for (List<Waiter> waiters : byLease.values()) {
      waiters.forEach(waiter -> replies.fail(waiter.reply, reason.exception()));
    }
    byLease.clear();
    count = 0;
  }
}
