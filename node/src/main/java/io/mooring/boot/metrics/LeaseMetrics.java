package io.mooring.boot.metrics;

/** Leases: what was applied here, and what this member's clock did while it led. */
final class LeaseMetrics {

  private LeaseMetrics() {}

  static void register(Registrar registrar, Sources sources, LeaseCounter applied) {
    registrar.counter("etcd_debugging_lease_granted_total", "Leases granted.", applied::granted);
    registrar.counter("etcd_debugging_lease_revoked_total", "Leases gone.", applied::revoked);
    registrar.counter(
        "etcd_debugging_lease_renewed_total",
        "Renewals granted by this member as leader.",
        () -> sources.leases().renewed());
    registrar.counter(
        "etcd_debugging_server_lease_expired_total",
        "Leases that expired by this member's clock.",
        () -> sources.leases().expired());
    registrar.histogram(
        "etcd_debugging_lease_ttl_total",
        "TTLs of granted leases, in seconds.",
        Registrar.AS_IS,
        applied.ttlSeconds());
    registrar.gauge(
        "mooring_leases", "Leases alive.", () -> sources.consensus().view().leases().size());
  }
}
