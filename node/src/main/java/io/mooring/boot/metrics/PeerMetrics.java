package io.mooring.boot.metrics;

import io.mooring.machine.cluster.MemberTable;
import io.mooring.peer.PeerMeter;
import io.mooring.peer.TransferMeter;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The network between members, by the id of the other one, hexadecimal. */
final class PeerMetrics {

  private static final String[] TO = {"To"};
  private static final String[] FROM = {"From"};
  private static final String[] BOTH = {"Local", "Remote"};

  private final Registrar registrar;
  private final Sources sources;

  PeerMetrics(Registrar registrar, Sources sources) {
    this.registrar = registrar;
    this.sources = sources;
  }

  void register() {
    counters("sent_bytes", "Bytes sent to members.", TO, PeerMeter::sentBytes);
    counters("sent_failures", "Messages to members dropped.", TO, PeerMeter::sentFailures);
    counters("received_bytes", "Bytes received from members.", FROM, PeerMeter::receivedBytes);
    counters(
        "received_failures", "Messages from members dropped.", FROM, PeerMeter::receivedFailures);
    registrar.histograms(
        "etcd_network_peer_round_trip_time_seconds",
        "Round trips between members.",
        Registrar.SECONDS,
        TO,
        all -> each((to, meter) -> all.show(List.of(meter.roundTripsNs()), to)));
    states("send", "sent to", TO, PeerMeter::statesSent);
    states("receive", "received from", FROM, PeerMeter::statesReceived);
    String local = hex(sources.member().memberId());
    registrar.counters(
        "etcd_network_disconnected_peers_total",
        "Links lost.",
        BOTH,
        series -> each((remote, meter) -> series.show(meter.disconnects(), local, remote)));
    registrar.gauges(
        "etcd_network_active_peers",
        "Links that are open.",
        BOTH,
        series -> each((remote, meter) -> series.show(meter.isActive() ? 1 : 0, local, remote)));
    registrar.gauges(
        "etcd_network_known_peers",
        "Members known.",
        BOTH,
        series -> each((remote, meter) -> series.show(1, local, remote)));
  }

  /** Etcd has no name for the bytes; those that lack {@code _total} are shown as gauges. */
  private void states(
      String direction, String doing, String[] label, Function<PeerMeter, TransferMeter> of) {
    String name = "etcd_network_snapshot_" + direction;
    registrar.gauges(
        name + "_success",
        "Snapshots " + doing + " members.",
        label,
        series -> each((id, meter) -> series.show(of.apply(meter).succeeded(), id)));
    registrar.gauges(
        name + "_failures",
        "Snapshots " + doing + " members in vain.",
        label,
        series -> each((id, meter) -> series.show(of.apply(meter).failed(), id)));
    registrar.gauges(
        name + "_inflights_total",
        "Snapshots being " + doing + " members.",
        label,
        series -> each((id, meter) -> series.show(of.apply(meter).inFlight(), id)));
    registrar.histograms(
        name + "_total_duration_seconds",
        "Time of snapshots " + doing + " members, until they were in place.",
        Registrar.SECONDS,
        label,
        all -> each((id, meter) -> all.show(List.of(of.apply(meter).durationsNs()), id)));
    registrar.counters(
        "mooring_network_snapshot_" + direction + "_bytes_total",
        "Bytes of snapshots " + doing + " members.",
        label,
        series -> each((id, meter) -> series.show(of.apply(meter).bytes(), id)));
  }

  private void counters(
      String name, String help, String[] label, ToDoubleFunction<PeerMeter> value) {
    registrar.counters(
        "etcd_network_peer_" + name + "_total",
        help,
        label,
        series -> each((id, meter) -> series.show(value.applyAsDouble(meter), id)));
  }

  private interface Visitor {
    void visit(String id, PeerMeter meter);
  }

  /** One that was removed is shown no more. */
  private void each(Visitor visitor) {
    MemberTable members = sources.consensus().view().members();
    sources
        .peers()
        .forEach(
            (id, meter) -> {
              if (!members.wasRemoved(id)) {
                visitor.visit(hex(id), meter);
              }
            });
  }

  private static String hex(long id) {
    return Long.toHexString(id);
  }
}
