package io.mooring.service;

import io.mooring.duty.LeaseExpiry;
import io.mooring.loop.Loop;
import io.mooring.loop.Reply;
import io.vertx.core.Future;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends the keep-alives of one turn of a client loop to whoever keeps the time of leases as one
 * message, whatever streams they came by, and brings the answers back the same way. Confined to its
 * loop.
 */
final class KeepAliveBatcher {

  private final Loop loop;
  private final LeaseClock clock;
  private LongArrayList ids = new LongArrayList();
  private List<Reply<Long>> replies = new ArrayList<>();

  KeepAliveBatcher(Loop loop, LeaseClock clock) {
    this.loop = loop;
    this.clock = clock;
  }

  /** Renews a lease: its TTL in seconds, 0 when it does not exist, or not any more. */
  Future<Long> renew(long leaseId) {
    Reply<Long> reply = Reply.on(loop);
    ids.add(leaseId);
    replies.add(reply);
    if (ids.size() == 1) {
      loop.execute(this::send);
    }
    return reply.promise().future();
  }

  private void send() {
    long[] asked = ids.toLongArray();
    List<Reply<Long>> waiting = replies;
    ids = new LongArrayList(asked.length);
    replies = new ArrayList<>(asked.length);
    clock
        .renew(loop, asked)
        .onComplete(
            done -> {
              for (int i = 0; i < asked.length; i++) {
                if (done.failed()) {
                  waiting.get(i).promise().fail(done.cause());
                } else {
                  answer(asked[i], done.result()[i], waiting.get(i));
                }
              }
            });
  }

  /** As etcd does, one that came too late waits until the lease is gone. */
  private void answer(long leaseId, long ttlSeconds, Reply<Long> reply) {
    if (ttlSeconds == LeaseExpiry.EXPIRING) {
      clock.gone(loop, leaseId).onComplete(reply.promise());
    } else {
      reply.promise().complete(ttlSeconds);
    }
  }
}
