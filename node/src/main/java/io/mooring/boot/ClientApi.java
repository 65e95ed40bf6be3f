package io.mooring.boot;

import io.mooring.api.etcdserverpb.AlarmRequest;
import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.MemberListRequest;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.StatusRequest;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.health.HealthCheckRequest;
import io.mooring.api.health.HealthListRequest;
import io.mooring.apply.ApplyDriver;
import io.mooring.boot.config.NodeConfig;
import io.mooring.loop.VertxLoop;
import io.mooring.raft.Consensus;
import io.mooring.read.HeaderWriter;
import io.mooring.read.RangeReader;
import io.mooring.read.Readers;
import io.mooring.read.ReplyBudget;
import io.mooring.service.ClusterService;
import io.mooring.service.HealthService;
import io.mooring.service.KvService;
import io.mooring.service.MaintenanceService;
import io.mooring.service.MemberInfo;
import io.mooring.service.Probes;
import io.mooring.service.Proposer;
import io.mooring.service.QuotaGuard;
import io.mooring.service.ServiceLimits;
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
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;

/**
 * Builds what each client loop serves. What is shared by all loops is here; what is a loop's own is
 * made in {@link #facesOf}.
 */
final class ClientApi {

  private static final String KV = "/etcdserverpb.KV/";
  private static final String MAINTENANCE = "/etcdserverpb.Maintenance/";
  private static final String HEALTH = "/grpc.health.v1.Health/";

  private final Vertx vertx;
  private final MemberInfo member;
  private final ServiceLimits limits;
  private final Consensus consensus;
  private final Readers readers;
  private final ReplyBudget budget = ReplyBudget.ofHeap();
  private final GrpcStats stats = new GrpcStats();
  private final HeaderWriter headers;

  private final ApplyDriver apply;
  private final NodeConfig.Timing timing;
  private final int loops;

  ClientApi(
      Vertx vertx,
      MemberInfo member,
      ServiceLimits limits,
      Consensus consensus,
      Readers readers,
      ApplyDriver apply,
      NodeConfig.Timing timing,
      int loops) {
    this.apply = apply;
    this.timing = timing;
    this.loops = loops;
    this.vertx = vertx;
    this.member = member;
    this.limits = limits;
    this.consensus = consensus;
    this.readers = readers;
    this.headers = new HeaderWriter(member.clusterId(), member.memberId());
  }

  /** The faces of a loop; called on it, before anything listens. */
  ClientFaces facesOf(VertxLoop loop) {
    GrpcRoutes routes = new GrpcRoutes();
    Proposer proposer = new Proposer(consensus, headers, limits);
    addKv(routes, loop, proposer);
    addWatch(routes, loop);
    addMaintenance(routes, proposer);
    addHealth(routes);
    GrpcFront grpc =
        new GrpcFront(
            vertx,
            loop,
            limits.maxMessageBytes(),
            routes,
            stats,
            () -> consensus.status().leaderId() != 0);
    return new ClientFaces(grpc, httpOf(loop));
  }

  /** Version, health, probes and metrics over HTTP/1.1, for a loop. */
  HttpRoutes httpOf(VertxLoop loop) {
    return new HttpRoutes(
        vertx, member, new Probes(loop, consensus, readerOf(loop)), ClientApi::metrics);
  }

  private static Future<HttpRoutes.Page> metrics(String accept) {
    return Future.succeededFuture(
        new HttpRoutes.Page("text/plain; version=0.0.4", Buffer.buffer()));
  }

  private RangeReader readerOf(VertxLoop loop) {
    return new RangeReader(
        loop, readers, budget, headers, () -> consensus.status().term(), consensus::view);
  }

  private void addKv(GrpcRoutes routes, VertxLoop loop, Proposer proposer) {
    RangeReader reader = readerOf(loop);
    QuotaGuard quota = new QuotaGuard(limits.quotaBytes(), consensus, member.memberId());
    KvService kv = new KvService(consensus, proposer, quota, reader, limits);
    routes
        .unary(KV + "Range", RangeRequest.parser(), kv::range)
        .unary(KV + "Put", PutRequest.parser(), kv::put)
        .unary(KV + "DeleteRange", DeleteRangeRequest.parser(), kv::deleteRange)
        .unary(KV + "Txn", TxnRequest.parser(), kv::txn)
        .unary(KV + "Compact", CompactionRequest.parser(), kv::compact)
        .serverStream(KV + "RangeStream", RangeRequest.parser(), kv::rangeStream);
  }

  private void addWatch(GrpcRoutes routes, VertxLoop loop) {
    WatchHub hub =
        new WatchHub(
            loop,
            consensus::view,
            readers::offer,
            new WatchResponses(
                member.clusterId(), member.memberId(), () -> consensus.status().term()),
            WatchLimits.of(loops, limits.maxRequestBytes(), timing.progressNotifyNs()),
            new SecureRandom().nextLong());
    apply.addEventSink(hub);
    hub.start();
    long electionTimeoutNs = TimeUnit.MILLISECONDS.toNanos(timing.electionTimeoutMs());
    EtcdRoutes.watch(
        routes, new WatchService(consensus, hub, WatchService.Bounds.of(loops, electionTimeoutNs)));
  }

  private void addMaintenance(GrpcRoutes routes, Proposer proposer) {
    MaintenanceService maintenance = new MaintenanceService(consensus, proposer, member, limits);
    ClusterService cluster = new ClusterService(consensus, proposer);
    routes
        .unary(MAINTENANCE + "Status", StatusRequest.parser(), maintenance::status)
        .unary(MAINTENANCE + "Alarm", AlarmRequest.parser(), maintenance::alarm)
        .unary("/etcdserverpb.Cluster/MemberList", MemberListRequest.parser(), cluster::memberList);
  }

  private static void addHealth(GrpcRoutes routes) {
    HealthService health = new HealthService();
    routes
        .unary(HEALTH + "Check", HealthCheckRequest.parser(), health::check)
        .unary(HEALTH + "List", HealthListRequest.parser(), health::list)
        .serverStream(HEALTH + "Watch", HealthCheckRequest.parser(), health::watch);
  }
}
