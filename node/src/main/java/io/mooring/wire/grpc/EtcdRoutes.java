package io.mooring.wire.grpc;

import io.mooring.api.etcdserverpb.AlarmRequest;
import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.LeaseKeepAliveRequest;
import io.mooring.api.etcdserverpb.LeaseLeasesRequest;
import io.mooring.api.etcdserverpb.LeaseRevokeRequest;
import io.mooring.api.etcdserverpb.LeaseTimeToLiveRequest;
import io.mooring.api.etcdserverpb.MemberAddRequest;
import io.mooring.api.etcdserverpb.MemberListRequest;
import io.mooring.api.etcdserverpb.MemberPromoteRequest;
import io.mooring.api.etcdserverpb.MemberRemoveRequest;
import io.mooring.api.etcdserverpb.MemberUpdateRequest;
import io.mooring.api.etcdserverpb.MoveLeaderRequest;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.StatusRequest;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.etcdserverpb.WatchRequest;
import io.mooring.api.health.HealthCheckRequest;
import io.mooring.api.health.HealthListRequest;
import io.mooring.service.ClusterService;
import io.mooring.service.HealthService;
import io.mooring.service.KvService;
import io.mooring.service.LeaseService;
import io.mooring.service.MaintenanceService;
import io.mooring.service.WatchService;

/** Binds the services to the RPCs of etcd's API. */
public final class EtcdRoutes {

  private EtcdRoutes() {}

  /** Serves KV. */
  public static void kv(GrpcRoutes routes, KvService kv) {
    routes
        .unary("/etcdserverpb.KV/Range", RangeRequest.parser(), kv::range)
        .serverStream("/etcdserverpb.KV/RangeStream", RangeRequest.parser(), kv::rangeStream)
        .unary("/etcdserverpb.KV/Put", PutRequest.parser(), kv::put)
        .unary("/etcdserverpb.KV/DeleteRange", DeleteRangeRequest.parser(), kv::deleteRange)
        .unary("/etcdserverpb.KV/Txn", TxnRequest.parser(), kv::txn)
        .unary("/etcdserverpb.KV/Compact", CompactionRequest.parser(), kv::compact);
  }

  /** Serves Watch. */
  public static void watch(GrpcRoutes routes, WatchService watch) {
    routes.bidi("/etcdserverpb.Watch/Watch", WatchRequest.parser(), watch::watch);
  }

  /** Serves Lease. */
  public static void lease(GrpcRoutes routes, LeaseService lease) {
    String service = "/etcdserverpb.Lease/";
    routes
        .unary(service + "LeaseGrant", LeaseGrantRequest.parser(), lease::grant)
        .unary(service + "LeaseRevoke", LeaseRevokeRequest.parser(), lease::revoke)
        .bidi(service + "LeaseKeepAlive", LeaseKeepAliveRequest.parser(), lease::keepAlive)
        .unary(service + "LeaseTimeToLive", LeaseTimeToLiveRequest.parser(), lease::timeToLive)
        .unary(service + "LeaseLeases", LeaseLeasesRequest.parser(), lease::leases);
  }

  /** Serves Maintenance, as far as it goes. */
  public static void maintenance(GrpcRoutes routes, MaintenanceService maintenance) {
    routes
        .unary("/etcdserverpb.Maintenance/Status", StatusRequest.parser(), maintenance::status)
        .unary("/etcdserverpb.Maintenance/Alarm", AlarmRequest.parser(), maintenance::alarm)
        .unary(
            "/etcdserverpb.Maintenance/MoveLeader",
            MoveLeaderRequest.parser(),
            maintenance::moveLeader);
  }

  /** Serves Cluster. */
  public static void cluster(GrpcRoutes routes, ClusterService cluster) {
    String service = "/etcdserverpb.Cluster/";
    routes
        .unary(service + "MemberAdd", MemberAddRequest.parser(), cluster::memberAdd)
        .unary(service + "MemberRemove", MemberRemoveRequest.parser(), cluster::memberRemove)
        .unary(service + "MemberUpdate", MemberUpdateRequest.parser(), cluster::memberUpdate)
        .unary(service + "MemberList", MemberListRequest.parser(), cluster::memberList)
        .unary(service + "MemberPromote", MemberPromoteRequest.parser(), cluster::memberPromote);
  }

  /** Serves the standard health service. */
  public static void health(GrpcRoutes routes, HealthService health) {
    routes
        .unary("/grpc.health.v1.Health/Check", HealthCheckRequest.parser(), health::check)
        .serverStream("/grpc.health.v1.Health/Watch", HealthCheckRequest.parser(), health::watch)
        .unary("/grpc.health.v1.Health/List", HealthListRequest.parser(), health::list);
  }
}
