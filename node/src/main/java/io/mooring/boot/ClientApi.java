package io.mooring.boot;

import io.mooring.api.storage.PinRegistry;
import io.mooring.apply.ApplyDriver;
import io.mooring.boot.config.NodeConfig;
import io.mooring.boot.metrics.MemberMetrics;
import io.mooring.boot.metrics.Sources;
import io.mooring.duty.LeaseExpiry;
import io.mooring.loop.LoopDelay;
import io.mooring.loop.VertxLoop;
import io.mooring.raft.RaftDriver;
import io.mooring.read.HeaderWriter;
import io.mooring.read.LeaseReader;
import io.mooring.read.RangeReader;
import io.mooring.read.Readers;
import io.mooring.read.ReplyBudget;
import io.mooring.service.AtLeader;
import io.mooring.service.ClusterService;
import io.mooring.service.HealthService;
import io.mooring.service.KvService;
import io.mooring.service.LeaderCalls;
import io.mooring.service.LearnerGuard;
import io.mooring.service.LeaseClock;
import io.mooring.service.LeaseService;
import io.mooring.service.MaintenanceService;
import io.mooring.service.MemberInfo;
import io.mooring.service.Probes;
import io.mooring.service.Proposer;
import io.mooring.service.QuotaGuard;
import io.mooring.service.ServiceLimits;
import io.mooring.service.ServiceStats;
import io.mooring.service.WatchService;
import io.mooring.watch.WatchHub;
import io.mooring.watch.WatchLimits;
import io.mooring.watch.WatchResponses;
import io.mooring.wire.ClientFaces;
import io.mooring.wire.grpc.EtcdRoutes;
import io.mooring.wire.grpc.GrpcFront;
import io.mooring.wire.grpc.GrpcRoutes;
import io.mooring.wire.grpc.GrpcStats;
import io.mooring.wire.http.HttpRoutes;
import io.mooring.wire.http.PrometheusPage;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Builds what each client loop serves. What is shared by all loops is here; what is a loop's own is
 * made in {@link #facesOf}.
 */
final class ClientApi {

  private final Vertx vertx;
  private final MemberInfo member;
  private final ServiceLimits limits;
  private final ClusterService.Settings cluster;
  private final RaftDriver consensus;
  private final LeaderCalls leader;
  private final AtLeader atLeader;
  private final Readers readers;
  private final ReplyBudget budget = ReplyBudget.ofHeap();
  private final GrpcStats grpcStats;
  private final ServiceStats serviceStats = new ServiceStats();
  private final List<WatchHub> hubs = new CopyOnWriteArrayList<>();
  private final List<LoopDelay> delays = new CopyOnWriteArrayList<>();
  private final PrometheusRegistry registry;
  private final AtomicInteger nextLoop = new AtomicInteger();
  private final HeaderWriter headers;
  private final PinRegistry pins;
  private final ApplyDriver apply;
  private final NodeConfig.Timing timing;
  private final int loops;
  private final LeaseExpiry expiry;

  ClientApi(
      MemberCore core,
      EngineEvents engineEvents,
      MemberInfo member,
      ServiceLimits limits,
      ClusterService.Settings cluster,
      Readers readers,
      NodeConfig.Timing timing,
      boolean extensiveMetrics,
      LeaseExpiry expiry) {
    Loops loops = core.loops();
    this.expiry = expiry;
    this.apply = core.apply();
    this.timing = timing;
    this.loops = loops.clientLoops();
    this.vertx = loops.vertx();
    this.member = member;
    this.limits = limits;
    this.cluster = cluster;
    this.consensus = core.raft();
    this.leader = core.peers().leader();
    this.atLeader = new AtLeader(consensus, member.memberId(), expiry.electionTimeoutNs());
    this.readers = readers;
    this.pins = core.stores().pins();
    this.headers = new HeaderWriter(member.clusterId(), member.memberId());
    this.grpcStats = new GrpcStats(extensiveMetrics);
    delays.add(LoopDelay.of("raft", loops.raft()));
    delays.add(LoopDelay.of("duty", loops.duty()));
    delays.add(LoopDelay.of("log", loops.log()));
    delays.add(LoopDelay.of("apply", loops.apply()));
    this.registry =
        MemberMetrics.of(
            new Sources(
                member,
                limits,
                consensus,
                consensus.links().meter(),
                core.peers().meters(),
                core.states().meter(),
                serviceStats,
                grpcStats,
                loops.tlsHellos(),
                apply,
                core.stores().log().meter(),
                engineEvents.writesNs(),
                expiry.meter(),
                hubs,
                readers,
                budget,
                pins,
                delays));
  }

  /** The faces of a loop; called on it, before anything listens. */
  ClientFaces facesOf(VertxLoop loop) {
    delays.add(LoopDelay.of("client-" + nextLoop.getAndIncrement(), loop));
    GrpcFront grpc =
        new GrpcFront(
            vertx,
            loop,
            limits.maxMessageBytes(),
            routes(loop, readerOf(loop)),
            grpcStats,
            () -> consensus.status().leaderId() != 0);
    return new ClientFaces(grpc, httpOf(loop), grpc::drain);
  }

  /** Version, health, probes and metrics over HTTP/1.1, for a loop. */
  HttpRoutes httpOf(VertxLoop loop) {
    return new HttpRoutes(
        vertx,
        member,
        new Probes(loop, member.memberId(), consensus, readerOf(loop), serviceStats),
        new PrometheusPage(loop, registry, readers::offer));
  }

  private RangeReader readerOf(VertxLoop loop) {
    return new RangeReader(
        loop, readers, budget, headers, () -> consensus.status().term(), consensus::view, pins);
  }

  private GrpcRoutes routes(VertxLoop loop, RangeReader reader) {
    Proposer proposer = proposer();
    QuotaGuard quota = new QuotaGuard(limits.quotaBytes(), consensus, member.memberId());
    GrpcRoutes routes =
        new GrpcRoutes(
            new LearnerGuard(() -> consensus.view().members().isLearner(member.memberId())));
    EtcdRoutes.kv(routes, new KvService(consensus, proposer, quota, reader, limits, serviceStats));
    EtcdRoutes.watch(routes, watch(loop));
    EtcdRoutes.lease(
        routes,
        new LeaseService(
            loop,
            consensus,
            proposer,
            quota,
            new LeaseClock(atLeader, expiry, leader),
            new LeaseReader(loop, readers),
            LeaseService.minTtlSeconds(timing.electionTimeoutMs()),
            new SecureRandom().nextLong()));
    EtcdRoutes.maintenance(
        routes, new MaintenanceService(consensus, proposer, member, limits, consensus));
    EtcdRoutes.cluster(routes, cluster(proposer));
    EtcdRoutes.health(routes, new HealthService());
    return routes;
  }

  private Proposer proposer() {
    return new Proposer(consensus, headers, limits, serviceStats, budget);
  }

  /** The service for those who ask a leader from another member. */
  ClusterService cluster() {
    return cluster(proposer());
  }

  private ClusterService cluster(Proposer proposer) {
    return new ClusterService(
        consensus,
        proposer,
        member,
        cluster,
        consensus.links(),
        atLeader,
        leader,
        serviceStats,
        () -> Instant.now().getEpochSecond());
  }

  private WatchService watch(VertxLoop loop) {
    WatchHub hub =
        new WatchHub(
            loop,
            apply::view,
            readers,
            pins,
            new WatchResponses(
                member.clusterId(), member.memberId(), () -> consensus.status().term()),
            WatchLimits.of(loops, limits.maxRequestBytes(), timing.progressNotifyNs()),
            new SecureRandom().nextLong());
    hubs.add(hub);
    apply.addEventSink(hub);
    hub.start();
    long electionTimeoutNs = TimeUnit.MILLISECONDS.toNanos(timing.electionTimeoutMs());
    return new WatchService(consensus, hub, WatchService.Bounds.of(loops, electionTimeoutNs));
  }
}
