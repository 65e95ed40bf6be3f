package io.mooring.transfer;

import io.mooring.api.storage.EngineListener;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.apply.ApplyDriver;
import io.mooring.loop.Loop;
import io.mooring.machine.View;
import io.mooring.peer.TransferSink;
import io.mooring.peer.TransferSource;
import io.mooring.raft.StateTransfer;
import io.mooring.raft.core.Message;
import io.mooring.raft.core.Transfer;
import io.vertx.core.Future;
import java.nio.file.Path;

/** Both ends of a transfer, between consensus and the network. Any thread. */
public final class StateTransfers implements StateTransfer {

  private final Carrier carrier;
  private final OutgoingState outgoing;
  private final IncomingState incoming;
  private final EngineSwitch engines;
  private final InstallMeter meter = new InstallMeter();

  /** Opens an engine of this member's kind. */
  public interface Opener {
    /** Opens one in an empty directory. Blocks. */
    MvccEngine open(Path directory, EngineListener listener);
  }

  /** The way to other members, and to consensus, which is made after this. */
  public interface Carrier {

    /** Sends the state to a member, and tells consensus when that has ended. */
    void send(long memberId, long term, TransferSource source);

    /** Stops sending to anybody. */
    void cancelSends();

    /** See {@code RaftDriver.received}. */
    Future<Boolean> received(Loop caller, Message.InstallSnapshot snapshot);
  }

  /**
   * Puts them together.
   *
   * @param work the transfer loop; its tasks may block for long
   * @param live the engine that the member has begun with
   * @param listener of live engines
   */
  public StateTransfers(
      Loop work,
      ApplyDriver apply,
      PinRegistry pins,
      MvccEngine live,
      EngineHome home,
      Opener opener,
      EngineListener listener,
      Carrier carrier) {
    this.carrier = carrier;
    this.outgoing = new OutgoingState(work, apply, pins);
    this.incoming = new IncomingState(work, home, carrier::received, meter);
    this.engines = new EngineSwitch(work, apply, live, home, opener, listener, incoming, meter);
  }

  /** What is counted of the states that arrive. */
  public InstallMeter meter() {
    return meter;
  }

  /** Takes what other members send. */
  public TransferSink sink() {
    return incoming;
  }

  @Override
  public void send(long memberId, long term) {
    carrier.send(memberId, term, outgoing);
  }

  @Override
  public void cancelSends() {
    carrier.cancelSends();
  }

  @Override
  public Future<Void> load(Loop caller, Transfer transfer) {
    return engines.load(caller, transfer);
  }

  @Override
  public Future<View> install(Loop caller, Transfer transfer) {
    return engines.install(caller);
  }

  /** Ends what is under way, and closes every engine but the live one. After the machine's end. */
  public Future<Void> stop(Loop caller) {
    return engines.stop(caller);
  }
}
