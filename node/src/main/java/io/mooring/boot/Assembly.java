package io.mooring.boot;

import io.mooring.api.internalpb.Command;
import io.mooring.api.internalpb.PublishMember;
import io.mooring.apply.ApplyDriver;
import io.mooring.boot.config.NodeConfig;
import io.mooring.error.EtcdException;
import io.mooring.error.ServerError;
import io.mooring.loop.FatalHandler;
import io.mooring.loop.Loop;
import io.mooring.loop.VertxLoop;
import io.mooring.machine.Membership;
import io.mooring.machine.Outcome;
import io.mooring.machine.View;
import io.mooring.peer.PeerEvents;
import io.mooring.peer.TransferSource;
import io.mooring.raft.AppliedListener;
import io.mooring.raft.RaftDriver;
import io.mooring.raft.core.Message;
import io.mooring.read.Readers;
import io.mooring.service.ClusterService;
import io.mooring.service.MemberInfo;
import io.mooring.service.ServiceLimits;
import io.mooring.transfer.StateTransfers;
import io.mooring.wire.ClientListener;
import io.mooring.wire.ClientServer;
import io.vertx.core.Future;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The steps of a member's start, in order. On the thread that starts it. */
final class Assembly {

  private static final Logger LOG = LoggerFactory.getLogger(Assembly.class);

  private static final int READER_QUEUE = 4_096;

  private final NodeConfig config;
  private final Loops loops;
  private final Stores stores;
  private final MemberInfo member;
  private final EngineEvents engineEvents;
  private final ApplyDriver apply;
  private final LeaderDesk desk;
  private final Peers peers;
  private final RaftDriver raft;
  private final MemberCore core;
  private final Runnable removed;

  /** Ends what was started on top of the core, the last first. */
  private final Deque<Runnable> undo = new ArrayDeque<>();

  /**
   * Puts together what consensus consists of; nothing runs yet.
   *
   * @param removed called once when this member was removed from its cluster
   */
  Assembly(
      NodeConfig config,
      FatalHandler fatal,
      Loops loops,
      Stores stores,
      EngineEvents engineEvents,
      Runnable removed) {
    this.config = config;
    this.loops = loops;
    this.stores = stores;
    this.engineEvents = engineEvents;
    this.removed = once(removed);
    Identity identity = stores.identity();
    member =
        new MemberInfo(
            identity.clusterId(),
            identity.memberId(),
            Version.ETCD,
            Version.ETCD_CLUSTER,
            Version.MOORING);
    apply = new ApplyDriver(loops.apply(), stores.engine(), stores.pins(), new Applied(), fatal);
    engineEvents.bind(apply);
    desk = new LeaderDesk(loops.peer(), member, apply::view);
    peers = new Peers(config, loops, member, new FromPeers(), desk);
    StateTransfers states =
        new StateTransfers(
            loops.transfer(),
            apply,
            stores.pins(),
            stores.engine(),
            stores.home(),
            stores::openEngine,
            engineEvents,
            new Carrier());
    peers.receiveStates(states.sink());
    raft =
        new RaftDriver(
            ConsensusSettings.of(config, member.memberId()),
            loops.raft(),
            loops.log(),
            stores.log(),
            apply.view(),
            stores.bootstrap().joining(),
            peers,
            states,
            fatal);
    core = new MemberCore(loops, stores, apply, raft, states, peers);
  }

  private static Runnable once(Runnable task) {
    AtomicBoolean done = new AtomicBoolean();
    return () -> {
      if (done.compareAndSet(false, true)) {
        task.run();
      }
    };
  }

  /** The driver comes after the apply driver, whose view it begins with. */
  private final class Applied implements AppliedListener {
    @Override
    public void configured(long index, boolean accepted, Membership now) {
      raft.configured(index, accepted, now);
    }

    @Override
    public void applied(View view) {
      raft.applied(view);
      peers.follow(view);
    }
  }

  /** The driver comes after the way to other members, too. */
  private final class FromPeers implements PeerEvents {
    @Override
    public boolean received(List<Message> messages, long bytes) {
      return raft.received(messages, bytes);
    }

    @Override
    public void unreachable(long memberId) {
      raft.unreachable(memberId);
    }

    @Override
    public void removed() {
      removed.run();
    }
  }

  /** The driver comes after what carries states for it, too. */
  private final class Carrier implements StateTransfers.Carrier {
    @Override
    public void send(long memberId, long term, TransferSource source) {
      peers.sendState(memberId, term, source, () -> raft.transferEnded(memberId));
    }

    @Override
    public void cancelSends() {
      peers.cancelStates("this member does not lead any more");
    }

    @Override
    public Future<Boolean> received(Loop caller, Message.InstallSnapshot snapshot) {
      return raft.received(caller, snapshot);
    }
  }

  /** Ends a start that is under way; it fails then. Any thread. */
  void abort() {
    raft.stop(loops.duty(), 0);
  }

  /**
   * Takes part in the cluster, and serves as soon as that is whole.
   *
   * @throws RuntimeException when it cannot, or is told to stop; nothing is left open
   */
  Node start() {
    try {
      return serve();
    } catch (RuntimeException e) {
      undo();
      throw e instanceof EtcdException ended
          ? new StartException("ended before it could serve: " + ended.getMessage())
          : e;
    }
  }

  /** What fails here is logged; why the start has failed is worth more to whoever hears of it. */
  private void undo() {
    Closing closing = new Closing();
    undo.forEach(step -> closing.then("undoing a start", step));
    closing.then("closing the member", () -> core.close(0, () -> {}));
  }

  /**
   * Until it serves, whoever watches over the member hears from the metrics URLs that it is up and
   * not healthy, as with etcd.
   */
  private Node serve() {
    VertxLoop caller = loops.duty();
    Duties duties =
        Duties.of(
            config, caller, raft, raft.links(), apply, stores.pins(), member.memberId(), removed);
    int cores = Runtime.getRuntime().availableProcessors();
    Readers readers = new Readers(Math.max(2, cores), READER_QUEUE);
    undo.push(readers::close);
    ClientApi api = api(readers, duties);
    apply.start();
    peers.start(stores.bootstrap().members(), apply.view());
    Future<View> serving = raft.start(caller, apply);
    SideListeners side = SideListeners.start(loops, api, config.urls());
    undo.push(side::close);
    Waiting.forAsLong(serving, "replaying the log");
    publish(caller);
    duties.start();
    undo.push(duties::stop);
    desk.open(raft, duties.expiry(), api.cluster());
    ClientServer clients =
        Waiting.forIt(
            ClientServer.start(loops.vertx(), listeners(), loops.clientLoops(), api::facesOf),
            "listening");
    return new Node(member, core, readers, clients, side, duties);
  }

  private ClientApi api(Readers readers, Duties duties) {
    return new ClientApi(
        core,
        engineEvents,
        member,
        limits(),
        clusterSettings(),
        readers,
        config.timing(),
        config.logs().extensiveMetrics(),
        duties.expiry());
  }

  private ServiceLimits limits() {
    return new ServiceLimits(
        config.limits().maxRequestBytes(),
        config.limits().maxTxnOps(),
        config.limits().quotaBytes());
  }

  private ClusterService.Settings clusterSettings() {
    return new ClusterService.Settings(
        config.rules().strictReconfigCheck(), config.rules().maxLearners());
  }

  private List<ClientListener> listeners() {
    int streams = (int) Math.min(Integer.MAX_VALUE, config.limits().maxConcurrentStreams());
    return config.urls().listenClient().stream()
        .map(url -> new ClientListener(Ports.host(url), url.getPort(), streams))
        .toList();
  }

  /**
   * Tells the cluster this member's name and client URLs, before it serves. As in etcd it goes on
   * trying: the cluster may have no quorum yet, or lose it meanwhile.
   */
  private void publish(VertxLoop caller) {
    PublishMember attributes =
        PublishMember.newBuilder()
            .setId(member.memberId())
            .setName(config.name())
            .addAllClientUrls(texts(config.urls().advertiseClient()))
            .build();
    Command command = Command.newBuilder().setPublishMember(attributes).build();
    while (!published(caller, command)) {
      LOG.info("trying again to publish this member");
    }
    LOG.info("published local member to cluster through raft");
  }

  private boolean published(VertxLoop caller, Command command) {
    Outcome outcome;
    try {
      outcome =
          Waiting.forIt(raft.propose(caller, command, Long.MAX_VALUE), "publishing this member");
    } catch (EtcdException e) {
      if (e.error() == ServerError.STOPPED) {
        throw e;
      }
      LOG.warn("cannot publish this member: {}", e.getMessage());
      return false;
    }
    if (outcome.refusal() != null) {
      throw new StartException("publishing this member: " + outcome.refusal().text());
    }
    return true;
  }

  private static List<String> texts(List<URI> urls) {
    return urls.stream().map(URI::toString).toList();
  }
}
