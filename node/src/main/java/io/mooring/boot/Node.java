package io.mooring.boot;

import io.mooring.boot.config.NodeConfig;
import io.mooring.error.EtcdException;
import io.mooring.loop.FatalHandler;
import io.mooring.loop.Loop;
import io.mooring.raft.RaftDriver;
import io.mooring.read.Readers;
import io.mooring.service.MemberInfo;
import io.mooring.wire.ClientServer;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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
  private final MemberCore core;
  private final Readers readers;
  private final ClientServer clients;
  private final SideListeners side;
  private final Duties duties;
  private boolean closed;

  Node(
      MemberInfo member,
      MemberCore core,
      Readers readers,
      ClientServer clients,
      SideListeners side,
      Duties duties) {
    this.member = member;
    this.core = core;
    this.readers = readers;
    this.clients = clients;
    this.side = side;
    this.duties = duties;
  }

  /**
   * Starts a member and waits until it serves.
   *
   * @param fatal told when it cannot go on; the node is dead then, but not closed
   * @throws StartException when it cannot start; nothing is left open
   */
  public static Node start(NodeConfig config, FatalHandler fatal) {
    return start(config, fatal, abort -> {}, () -> {});
  }

  /**
   * The same, and says when it is certain that addresses and data directory can be used.
   *
   * @param checked called once, on this thread; the log may still have to be replayed, and a quorum
   *     to be waited for. What it is given ends the start, which then throws; any thread may run it
   * @param removed called once, on a loop, when this member was removed from its cluster: it serves
   *     no purpose any more, and should be closed
   */
  static Node start(
      NodeConfig config, FatalHandler fatal, Consumer<Runnable> checked, Runnable removed) {
    Ports.checkFree(config.urls());
    Loops loops = Loops.start(fatal);
    EngineEvents engineEvents = new EngineEvents(fatal);
    Stores stores = null;
    Assembly assembly;
    try {
      stores = Stores.open(config, new AskPeers(loops), loops.files(), engineEvents);
      assembly = new Assembly(config, fatal, loops, stores, engineEvents, removed);
    } catch (RuntimeException e) {
      if (stores != null) {
        stores.abandon();
      }
      loops.close();
      throw e;
    }
    checked.accept(assembly::abort);
    return assembly.start();
  }

  /** The bound client ports, in the order of the listen URLs. */
  public List<Integer> clientPorts() {
    return clients.ports();
  }

  /**
   * Stops cleanly: what is under way is finished, within 7 s. A second call has no effect.
   *
   * @throws RuntimeException when something could not be closed, the first with the others
   *     attached; everything else is closed all the same
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    new Closing()
        .then("closing the client listeners", () -> Waiting.forIt(clients.stop(), "closing"))
        .then("closing the metrics listeners", side::close)
        .then("ending duties", duties::stop)
        .then("handing over leadership", this::handOver)
        .then("closing the member", () -> core.close(STOP_GRACE_NS, readers::close))
        .end();
  }

  /**
   * A leader that goes leaves to whoever holds most of the log, so that the others need not wait
   * for an election timeout. As in etcd it goes even if that fails.
   */
  private void handOver() {
    Loop caller = core.loops().duty();
    RaftDriver raft = core.raft();
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
