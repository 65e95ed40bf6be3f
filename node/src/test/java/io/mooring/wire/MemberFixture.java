package io.mooring.wire;

import com.google.protobuf.MessageLite;
import io.mooring.loop.Loop;
import io.mooring.read.HeaderWriter;
import io.mooring.read.RangeReader;
import io.mooring.read.Readers;
import io.mooring.read.ReplyBudget;
import io.mooring.service.AtLeader;
import io.mooring.service.ClusterService;
import io.mooring.service.HealthService;
import io.mooring.service.KvService;
import io.mooring.service.MaintenanceService;
import io.mooring.service.MemberInfo;
import io.mooring.service.Probes;
import io.mooring.service.Proposer;
import io.mooring.service.QuotaGuard;
import io.mooring.service.ServiceLimits;
import io.mooring.service.ServiceStats;
import io.mooring.wire.grpc.EtcdRoutes;
import io.mooring.wire.grpc.GrpcRoutes;
import io.mooring.wire.http.HttpRoutes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** All services over a machine without a log, behind the real wire. */
public final class MemberFixture implements AutoCloseable {

  public static final MemberInfo INFO = new MemberInfo(0xcafe, 0x10, "3.7.1", "3.7.0", "0.1.0");

  public final DirectConsensus consensus;
  public final FakePeers peers = new FakePeers();
  public final WireFixture wire;
  public final ReplyBudget budget;
  private final Readers readers = new Readers(2, 64);
  private final ServiceLimits limits;
  private final ServiceStats stats = new ServiceStats();

  public MemberFixture(Path directory) throws Exception {
    this(directory, ServiceLimits.DEFAULT, 64 << 20);
  }

  public MemberFixture(Path directory, ServiceLimits limits, long budgetBytes) throws Exception {
    this.consensus = new DirectConsensus(directory);
    this.limits = limits;
    this.budget = new ReplyBudget(budgetBytes);
    this.wire = new WireFixture(2, this::routes, this::http);
  }

  private void routes(GrpcRoutes routes, Loop loop) {
    Proposer proposer = new Proposer(consensus, headers(), limits, stats, budget);
    QuotaGuard quota = new QuotaGuard(limits.quotaBytes(), consensus, INFO.memberId());
    EtcdRoutes.kv(routes, new KvService(consensus, proposer, quota, reader(loop), limits, stats));
    EtcdRoutes.maintenance(
        routes, new MaintenanceService(consensus, proposer, INFO, limits, peers));
    EtcdRoutes.cluster(
        routes,
        new ClusterService(
            consensus,
            proposer,
            INFO,
            ClusterService.Settings.DEFAULT,
            peers,
            new AtLeader(consensus, INFO.memberId(), TimeUnit.MILLISECONDS.toNanos(500)),
            peers,
            stats,
            () -> 1_700_000_000L));
    EtcdRoutes.health(routes, new HealthService());
  }

  private HttpRoutes http(Vertx vertx, Loop loop) {
    return new HttpRoutes(
        vertx,
        INFO,
        new Probes(loop, INFO.memberId(), consensus, reader(loop), stats),
        accept ->
            Future.succeededFuture(new HttpRoutes.Page("text/plain", Buffer.buffer("m 1\n"))));
  }

  private RangeReader reader(Loop loop) {
    return new RangeReader(
        loop,
        readers,
        budget,
        headers(),
        () -> consensus.status().term(),
        consensus::view,
        consensus.pins());
  }

  private static HeaderWriter headers() {
    return new HeaderWriter(INFO.clusterId(), INFO.memberId());
  }

  /** Calls a unary RPC of a service of {@code etcdserverpb}. */
  public <R extends MessageLite> R call(String rpc, MessageLite request, R reply) {
    return wire.call("/etcdserverpb." + rpc, request, reply);
  }

  @Override
  public void close() throws Exception {
    wire.close();
    readers.close();
    consensus.close();
  }
}
