package io.mooring.raft;

import io.mooring.error.EtcdException;
import io.mooring.error.ServerError;
import io.mooring.loop.Loop;
import io.mooring.loop.Mailbox;
import io.mooring.loop.Reply;
import io.mooring.machine.View;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Consumer;

/** Where linearizable reads come in. Any thread. */
final class ReadEdge {

  private final DriverConfig config;
  private final Loop loop;
  private final Mailbox<ReadQueue.Ask> asks;

  ReadEdge(DriverConfig config, Loop loop, Consumer<List<ReadQueue.Ask>> receiver) {
    this.config = config;
    this.loop = loop;
    this.asks = new Mailbox<>(loop, config.maxWaiting(), receiver);
  }

  /** Asks for a view, within the caller's deadline or the server's own, whichever is sooner. */
  Future<View> ask(Loop caller, long deadlineNs) {
    long ownNs = Deadlines.remainingNs(caller, deadlineNs);
    return ownNs < config.requestTimeoutNs()
        ? offer(caller, ownNs, ServerError.DEADLINE_EXCEEDED)
        : offer(caller, config.requestTimeoutNs(), ServerError.TIMEOUT);
  }

  /** Asks for a view, however long it takes. */
  Future<View> whenever(Loop caller) {
    return offer(caller, Deadlines.NEVER_NS, ServerError.TIMEOUT);
  }

  private Future<View> offer(Loop caller, long remainingNs, ServerError late) {
    Reply<View> reply = Reply.on(caller);
    if (!asks.offer(new ReadQueue.Ask(reply, loop.nowNs() + remainingNs, late))) {
      reply.promise().fail(ServerError.TOO_MANY_REQUESTS.exception());
    }
    return reply.promise().future();
  }

  /**
   * The same, through changes of leaders: they may come and go before one confirms that everything
   * up to now is applied here.
   */
  Future<View> whenServing(Loop caller) {
    return whenever(caller)
        .recover(
            cause ->
                cause instanceof EtcdException refused
                        && refused.error() == ServerError.LEADER_CHANGED
                    ? whenServing(caller)
                    : Future.failedFuture(cause));
  }
}
