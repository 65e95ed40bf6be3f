package io.mooring.boot.metrics;

import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** All metrics of a member, registered in one place, once. */
public final class MemberMetrics {

  private MemberMetrics() {}

  /** A registry with all of them; from here on, what is applied is counted. */
  public static PrometheusRegistry of(Sources sources) {
    PrometheusRegistry registry = new PrometheusRegistry();
    Registrar registrar = new Registrar(registry);
    ChangeCounter changes = new ChangeCounter();
    LeaseCounter leases = new LeaseCounter();
    sources.apply().addEventSink(changes);
    sources.apply().addLeaseSink(leases);
    new ServerMetrics(registrar, sources).register();
    new PeerMetrics(registrar, sources).register();
    new RequestMetrics(registrar, sources).register();
    new StoreMetrics(registrar, sources, changes).register();
    new WatchMetrics(registrar, sources).register();
    LeaseMetrics.register(registrar, sources, leases);
    GrpcMetrics.register(registrar, sources.grpc());
    ProcessMetrics.register(registrar, sources);
    registry.register(
        new LateMetrics(
            late -> {
              ProcessMetrics.registerFiles(new Registrar(late));
              JvmMetrics.builder().register(late);
            }));
    return registry;
  }
}
