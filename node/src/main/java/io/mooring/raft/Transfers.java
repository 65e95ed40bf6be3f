package io.mooring.raft;

import io.mooring.base.Check;
import io.mooring.log.LogWriter;
import io.mooring.loop.Loop;
import io.mooring.machine.View;
import io.mooring.raft.core.HardState;
import io.mooring.raft.core.Message;
import io.mooring.raft.core.Raft;
import io.mooring.raft.core.Ready;
import io.mooring.raft.core.Role;
import io.mooring.raft.core.SoftState;
import io.mooring.raft.core.Transfer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The driver's part in transfer snapshots: has them sent, and puts received ones in place, one at a
 * time. On the raft loop, under the driver's guard.
 */
final class Transfers {

  private static final Logger LOG = LoggerFactory.getLogger(Transfers.class);

  private final Loop loop;
  private final LogWriter log;
  private final StateTransfer states;
  private final TableFollower table;
  private final ProposalQueue writes;
  private final Consumer<Runnable> guard;
  private final Runnable advance;
  private @Nullable Transfer installing;

  /** Term of the leadership in which states were sent; 0 when none was. */
  private long sendingTerm;

  /** Who sent it, and waits to hear whether it is in place. */
  private @Nullable Promise<Boolean> sender;

  Transfers(
      Loop loop,
      LogWriter log,
      StateTransfer states,
      TableFollower table,
      ProposalQueue writes,
      Consumer<Runnable> guard,
      Runnable advance) {
    this.loop = loop;
    this.log = log;
    this.states = states;
    this.table = table;
    this.writes = writes;
    this.guard = guard;
    this.advance = advance;
  }

  /** See {@link RaftDriver#received(Loop, Message.InstallSnapshot)}. */
  void received(@Nullable Raft core, Message.InstallSnapshot snapshot, Promise<Boolean> answer) {
    if (core == null || core.isInstalling()) {
      answer.tryComplete(false);
      return;
    }
    core.step(snapshot);
    if (core.isInstalling()) {
      Check.that(sender == null, "R24 two snapshots at once");
      sender = answer;
    } else {
      answer.tryComplete(false);
    }
    advance.run();
  }

  /**
   * Whether a view is the one that an installation under way has published. Entries up to it were
   * never handed out; the core hears of it when the installation ends.
   */
  boolean isInstalling(View view) {
    Transfer current = installing;
    return current != null && view.appliedIndex() >= current.last().index();
  }

  /** Has sent and installed what the core wants, and nothing more sent that it wants no more. */
  void carryOut(Raft core, Ready ready) {
    SoftState soft = core.softState();
    if (sendingTerm != 0 && (soft.role() != Role.Kind.LEADER || soft.term() != sendingTerm)) {
      sendingTerm = 0;
      states.cancelSends();
    }
    for (long member : ready.transfers()) {
      LOG.info("member {} needs a transfer snapshot", Long.toHexString(member));
      sendingTerm = soft.term();
      states.send(member, soft.term());
    }
    if (ready.install() != null) {
      install(core, ready.install());
    }
  }

  private void install(Raft core, Transfer transfer) {
    Check.that(installing == null, "R24 two installations at once");
    installing = transfer;
    LOG.info("loading a transfer snapshot of {}", transfer.last());
    states
        .load(loop, transfer)
        .onSuccess(loaded -> guard.accept(() -> replace(core, transfer)))
        .onFailure(cause -> guard.accept(() -> failed(core, transfer, cause)));
  }

  private void failed(Raft core, Transfer transfer, Throwable cause) {
    LOG.warn(
        "the transfer snapshot of {} was not installed: {}", transfer.last(), cause.toString());
    installing = null;
    core.installFailed(transfer);
    answer(false);
    advance.run();
  }

  /** From here on there is no way back: the log begins behind the snapshot. */
  private void replace(Raft core, Transfer transfer) {
    // The snapshot may be of a term that only this hard state knows, which may not be durable yet.
    HardState hardState = core.hardState();
    Future<View> replaced =
        log.restart(transfer.last(), hardState).compose(begun -> states.install(loop, transfer));
    replaced
        .onSuccess(view -> guard.accept(() -> installed(core, transfer, view)))
        .onFailure(
            cause ->
                guard.accept(
                    () -> {
                      throw new IllegalStateException("R24 installing a snapshot failed", cause);
                    }));
  }

  private void installed(Raft core, Transfer transfer, View view) {
    long index = transfer.last().index();
    Check.that(
        view.appliedIndex() == index && view.appliedTerm() == transfer.last().term(),
        "R24 another state was installed",
        view.appliedIndex(),
        index);
    installing = null;
    table.installed(index);
    core.installed(transfer);
    Check.that(
        core.configuration().equals(table.afterReplay(view.membership())),
        "R21 table and consensus differ",
        index);
    writes.applied(index);
    LOG.info("installed a transfer snapshot of {}", transfer.last());
    answer(true);
    advance.run();
  }

  /** The member stops; what is under way ends where it is. */
  void stop() {
    answer(false);
  }

  private void answer(boolean installed) {
    Promise<Boolean> waiting = sender;
    sender = null;
    if (waiting != null) {
      waiting.tryComplete(installed);
    }
  }
}
