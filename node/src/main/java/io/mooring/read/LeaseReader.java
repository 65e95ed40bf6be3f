package io.mooring.read;

import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.tree.TreeCursor;
import io.mooring.error.ServerError;
import io.mooring.loop.Loop;
import io.mooring.loop.Reply;
import io.mooring.machine.View;
import io.mooring.machine.lease.Lease;
import io.mooring.machine.lease.LeaseRows;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Supplier;

/** Answers what is to be read about leases off the client loop. One for each client loop. */
public final class LeaseReader {

  /** As many leases are listed on the loop itself; more would hold it up. */
  private static final int FEW = 1000;

  private final Loop loop;
  private final ReaderPool readers;

  /** Creates the reader of a loop; futures resume there. */
  public LeaseReader(Loop loop, ReaderPool readers) {
    this.loop = loop;
    this.readers = readers;
  }

  /** The keys attached to a lease, in key order; as of the view or a little later. */
  public Future<List<byte[]>> keys(View view, long leaseId) {
    return onReader(
        () -> {
          try (Snapshot snapshot = view.engine().snapshot()) {
            return LeaseRows.attachedKeys(snapshot, leaseId);
          }
        });
  }

  /** The ids of all leases, ascending. */
  public Future<long[]> ids(View view) {
    return view.leases().size() <= FEW
        ? Future.succeededFuture(list(view))
        : onReader(() -> list(view));
  }

  private static long[] list(View view) {
    long[] ids = new long[Math.toIntExact(view.leases().size())];
    TreeCursor<Lease> all = view.leases().cursor();
    for (int i = 0; i < ids.length && all.next(); i++) {
      ids[i] = all.value().id();
    }
    return ids;
  }

  private <T> Future<T> onReader(Supplier<T> read) {
    Reply<T> reply = Reply.on(loop);
    boolean taken =
        readers.offer(
            () -> {
              try {
                reply.promise().complete(read.get());
              } catch (Throwable fault) {
                reply.promise().fail(fault);
              }
            });
    if (!taken) {
      reply.promise().fail(ServerError.TOO_MANY_REQUESTS.exception());
    }
    return reply.promise().future();
  }
}
