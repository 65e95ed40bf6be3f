package io.mooring.boot;

import io.mooring.api.internalpb.Command;
import io.mooring.api.internalpb.PublishMember;
import io.mooring.apply.ApplyDriver;
import io.mooring.boot.config.NodeConfig;
import io.mooring.loop.FatalHandler;
import io.mooring.loop.VertxLoop;
import io.mooring.machine.Membership;
import io.mooring.machine.Outcome;
import io.mooring.machine.View;
import io.mooring.raft.AppliedListener;
import io.mooring.raft.DriverConfig;
import io.mooring.raft.Outbound;
import io.mooring.raft.RaftDriver;
import io.mooring.raft.core.RaftConfig;
import io.mooring.read.Readers;
import io.mooring.service.ClusterService;
import io.mooring.service.MemberInfo;
import io.mooring.service.ServiceLimits;
import io.mooring.wire.ClientListener;
import io.mooring.wire.ClientServer;
import java.net.URI;
import java.security.SecureRandom;
import java.util.List;
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

  private static final int READER_QUEUE = 4_096;

  /** Members cannot talk to each other yet. */
  private static final int MAX_VOTERS = 1;

  private final Loops loops;
  private final Stores stores;
  private final ApplyDriver apply;
  private final RaftDriver raft;
  private final Readers readers;
  private final ClientServer clients;
  private final SideListeners side;
  private final Duties duties;
  private boolean closed;

  private Node(
      Loops loops,
      Stores stores,
      ApplyDriver apply,
      RaftDriver raft,
      Readers readers,
      ClientServer clients,
      SideListeners side,
      Duties duties) {
    this.duties = duties;
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
      refuseSeveral(config);
      stores = Stores.open(config, others -> null, loops.files(), engineEvents);
    } catch (RuntimeException e) {
      loops.close();
      throw e;
    }
    checked.run();
    return new Assembly(config, fatal, loops, stores, engineEvents).start(removed);
  }

  private static void refuseSeveral(NodeConfig config) {
    if (config.cluster().members().size() > MAX_VOTERS || config.cluster().existing()) {
      throw new StartException("initial-cluster: more than one member is not supported yet");
    }
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
    Waiting.forIt(raft.stop(caller, STOP_GRACE_NS), "stopping consensus");
    readers.close();
    Waiting.forAsLong(apply.stop(caller), "syncing the engine");
    Waiting.forIt(raft.closeLog(caller), "closing the log");
    loops.close();
    stores.release();
  }

  /** The steps of a start, in order. */
  private static final class Assembly {
    private final NodeConfig config;
    private final Loops loops;
    private final Stores stores;
    private final MemberInfo member;
    private final EngineEvents engineEvents;
    private final ApplyDriver apply;
    private final RaftDriver raft;

    Assembly(
        NodeConfig config,
        FatalHandler fatal,
        Loops loops,
        Stores stores,
        EngineEvents engineEvents) {
      this.config = config;
      this.loops = loops;
      this.stores = stores;
      this.engineEvents = engineEvents;
      Identity identity = stores.identity();
      member =
          new MemberInfo(
              identity.clusterId(),
              identity.memberId(),
              Version.ETCD,
              Version.ETCD_CLUSTER,
              Version.MOORING);
      apply = new ApplyDriver(loops.apply(), stores.engine(), new ToRaft(), fatal);
      engineEvents.bind(apply);
      raft =
          new RaftDriver(
              driverConfig(),
              loops.raft(),
              loops.log(),
              stores.log(),
              apply.view(),
              null,
              Outbound.NOBODY,
              fatal);
    }

    /** The driver comes after the apply driver, whose view it begins with. */
    private final class ToRaft implements AppliedListener {
      @Override
      public void configured(long index, boolean accepted, Membership now) {
        raft.configured(index, accepted, now);
      }

      @Override
      public void applied(View view) {
        raft.applied(view);
      }
    }

    Node start(Runnable removed) {
      VertxLoop caller = loops.duty();
      apply.start();
      Waiting.forAsLong(raft.start(caller, apply), "replaying the log");
      publish(caller);
      Duties duties =
          Duties.start(config, caller, raft, apply, stores.pins(), member.memberId(), removed);
      int cores = Runtime.getRuntime().availableProcessors();
      Readers readers = new Readers(Math.max(2, cores), READER_QUEUE);
      ClientApi api =
          new ClientApi(
              loops,
              stores,
              engineEvents,
              member,
              limits(),
              clusterSettings(),
              raft,
              readers,
              apply,
              config.timing(),
              config.logs().extensiveMetrics(),
              duties.expiry());
      ClientServer clients =
          Waiting.forIt(
              ClientServer.start(loops.vertx(), listeners(), loops.clientLoops(), api::facesOf),
              "listening");
      SideListeners side = SideListeners.start(loops, api, config.urls());
      return new Node(loops, stores, apply, raft, readers, clients, side, duties);
    }

    private DriverConfig driverConfig() {
      return DriverConfig.of(
          RaftConfig.of(member.memberId()),
          new SecureRandom().nextLong(),
          config.limits().maxRequestBytes() + ServiceLimits.MESSAGE_ALLOWANCE_BYTES,
          TimeUnit.MILLISECONDS.toNanos(config.timing().heartbeatMs()),
          TimeUnit.MILLISECONDS.toNanos(config.timing().electionTimeoutMs()));
    }

    private ServiceLimits limits() {
      return new ServiceLimits(
          config.limits().maxRequestBytes(),
          config.limits().maxTxnOps(),
          config.limits().quotaBytes());
    }

    private ClusterService.Settings clusterSettings() {
      return new ClusterService.Settings(
          config.rules().strictReconfigCheck(), config.rules().maxLearners(), MAX_VOTERS);
    }

    private List<ClientListener> listeners() {
      int streams = (int) Math.min(Integer.MAX_VALUE, config.limits().maxConcurrentStreams());
      return config.urls().listenClient().stream()
          .map(url -> new ClientListener(Ports.host(url), url.getPort(), streams))
          .toList();
    }

    /** Tells the cluster this member's name and client URLs, before it serves. */
    private void publish(VertxLoop caller) {
      PublishMember attributes =
          PublishMember.newBuilder()
              .setId(member.memberId())
              .setName(config.name())
              .addAllClientUrls(texts(config.urls().advertiseClient()))
              .build();
      Command command = Command.newBuilder().setPublishMember(attributes).build();
      Outcome outcome =
          Waiting.forIt(raft.propose(caller, command, Long.MAX_VALUE), "publishing this member");
      if (outcome.refusal() != null) {
        throw new StartException("publishing this member: " + outcome.refusal().text());
      }
      LOG.info("published local member to cluster through raft");
    }

    private static List<String> texts(List<URI> urls) {
      return urls.stream().map(URI::toString).toList();
    }
  }
}
