package io.mooring.boot.metrics;

import io.mooring.api.storage.PinRegistry;
import io.mooring.apply.ApplyDriver;
import io.mooring.base.Histogram;
import io.mooring.duty.LeaseMeter;
import io.mooring.log.LogMeter;
import io.mooring.loop.LoopDelay;
import io.mooring.peer.PeerMeter;
import io.mooring.raft.Consensus;
import io.mooring.raft.RaftMeter;
import io.mooring.read.Readers;
import io.mooring.read.ReplyBudget;
import io.mooring.service.MemberInfo;
import io.mooring.service.ServiceLimits;
import io.mooring.service.ServiceStats;
import io.mooring.transfer.InstallMeter;
import io.mooring.watch.WatchHub;
import io.mooring.wire.TlsHellos;
import io.mooring.wire.grpc.GrpcStats;
import java.util.List;
import java.util.Map;

/**
 * Where the figures of one member come from. All of it may be asked by any thread and never blocks.
 *
 * @param peers links to and from other members; grows with them
 * @param installs states of other members that were put in place here
 * @param engineWritesNs time of the engine's own transactions
 * @param leases of this member's duty
 * @param hubs one for each client loop; may grow while the loops start
 * @param loops how late each loop is
 */
public record Sources(
    MemberInfo member,
    ServiceLimits limits,
    Consensus consensus,
    RaftMeter raft,
    Map<Long, PeerMeter> peers,
    InstallMeter installs,
    ServiceStats services,
    GrpcStats grpc,
    TlsHellos hellos,
    ApplyDriver apply,
    LogMeter log,
    Histogram engineWritesNs,
    LeaseMeter leases,
    List<WatchHub> hubs,
    Readers readers,
    ReplyBudget replies,
    PinRegistry pins,
    List<LoopDelay> loops) {}
