package io.mooring.boot;

import io.mooring.apply.ApplyDriver;
import io.mooring.boot.config.NodeConfig;
import io.mooring.error.EtcdException;
import io.mooring.loop.FatalHandler;
import io.mooring.loop.VertxLoop;
import io.mooring.raft.RaftDriver;
import io.mooring.read.Readers;
import io.mooring.service.MemberInfo;
import io.mooring.transfer.StateTransfers;
import io.mooring.wire.ClientServer;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member, assembled: request, consensus, log, machine, reply. Embeddable, closeable, any number
 * in a process. Built, started and closed by one thread, which is no loop.
 */
public final class Node implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Node.class);

  /** Bound of a clean stop with calls open, as in etcd. */
  private static final long STOP_GRACE_NS = TimeUnit.SECONDS.toNanos(7);

  private final MemberInfo member;
  private final Loops loops;
  private final Stores stores;
  private final ApplyDriver apply;
  private final RaftDriver raft;
  private final StateTransfers states;
  private final Peers peers;
  private final Readers readers;
  private final ClientServer clients;
  private final SideListeners side;
  private final Duties duties;
  private boolean closed;

  Node(
      MemberInfo member,
      Loops loops,
      Stores stores,
      ApplyDriver apply,
      RaftDriver raft,
      StateTransfers states,
      Peers peers,
      Readers readers,
      ClientServer clients,
      SideListeners side,
      Duties duties) {
    this.member = member;
    this.duties = duties;
    this.peers = peers;
    this.states = states;
    this.loops = loops;
    this.stores = stores;
    this.apply = apply;
    this.raft = raft;
    this.readers = readers;
    this.clients = clients;
    this.side = side;
  }

  /**
   * Starts a member and waits until it serves.
   *
   * @param fatal told when it cannot go on; the node is dead then, but not closed
   * @throws StartException when it cannot start; nothing is left open
   */
  public static Node start(NodeConfig config, FatalHandler fatal) {
    return start(config, fatal, () -> {}, () -> {});
  }

  /**
   * The same, and says when it is certain that addresses and data directory can be used.
   *
   * @param checked called once, on this thread; the log may still have to be replayed
   * @param removed called once, on a loop, when this member was removed from its cluster: it serves
   *     no purpose any more, and should be closed
   */
  static Node start(NodeConfig config, FatalHandler fatal, Runnable checked, Runnable removed) {
    Ports.checkFree(config.urls());
    Loops loops = Loops.start(fatal);
    EngineEvents engineEvents = new EngineEvents(fatal);
    Stores stores;
    try {
      stores = Stores.open(config, new AskPeers(loops), loops.files(), engineEvents);
    } catch (RuntimeException e) {
      loops.close();
      throw e;
    }
    checked.run();
    return new Assembly(config, fatal, loops, stores, engineEvents, removed).start();
  }

  /** The bound client ports, in the order of the listen URLs. */
  public List<Integer> clientPorts() {
    return clients.ports();
  }

  /** Stops cleanly: what is under way is finished, within 7 s. A second call has no effect. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    VertxLoop caller = loops.duty();
    Waiting.forIt(clients.stop(), "closing the client listeners");
    side.close();
    duties.stop();
    handOver(caller);
    Waiting.forIt(raft.stop(caller, STOP_GRACE_NS), "stopping consensus");
    peers.close();
    readers.close();
    Waiting.forAsLong(apply.stop(caller), "syncing the engine");
    Waiting.forAsLong(states.stop(caller), "ending transfers");
    Waiting.forIt(raft.closeLog(caller), "closing the log");
    loops.transfer().close();
    loops.close();
    stores.release();
  }

  /**
   * A leader that goes leaves to whoever holds most of the log, so that the others need not wait
   * for an election timeout. As in etcd it goes even if that fails.
   */
  private void handOver(VertxLoop caller) {
    Optional<Long> heir =
        raft.view().members().voters().stream()
            .filter(voter -> voter != member.memberId() && raft.links().connectedNs(voter) >= 0)
            .max(Comparator.comparingLong(raft.links()::matchIndex));
    if (raft.status().leaderId() != member.memberId() || heir.isEmpty()) {
      return;
    }
    // After an election timeout the leader has given the transfer up, as when all stop at once.
    long deadlineNs = caller.nowNs() + duties.expiry().electionTimeoutNs();
    try {
      Waiting.forIt(raft.transfer(caller, heir.get(), deadlineNs), "handing over leadership");
      LOG.info("handed leadership over to member {}", Long.toHexString(heir.get()));
    } catch (EtcdException e) {
      LOG.warn("cannot hand leadership over: {}", e.getMessage());
    }
  }
}
