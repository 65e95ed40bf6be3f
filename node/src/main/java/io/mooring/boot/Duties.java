package io.mooring.boot;

import io.mooring.api.storage.PinRegistry;
import io.mooring.apply.ApplyDriver;
import io.mooring.boot.config.NodeConfig;
import io.mooring.duty.AutoCompaction;
import io.mooring.duty.CorruptionCheck;
import io.mooring.duty.LeaseExpiry;
import io.mooring.duty.LeaseTiming;
import io.mooring.duty.PinExpiry;
import io.mooring.duty.RemovalWatch;
import io.mooring.duty.SpaceAlarms;
import io.mooring.loop.Loop;
import io.mooring.raft.Consensus;
import io.mooring.raft.MemberLinks;
import io.mooring.read.StoreFigures;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a member does by the clock while it leads, on the duty loop. */
final class Duties {

  private final ApplyDriver apply;
  private final LeaseExpiry expiry;
  private final CorruptionCheck corruption;
  private final @Nullable AutoCompaction compaction;
  private final PinExpiry pins;
  private final RemovalWatch removal;
  private final SpaceAlarms space;

  private Duties(
      ApplyDriver apply,
      LeaseExpiry expiry,
      CorruptionCheck corruption,
      @Nullable AutoCompaction compaction,
      PinExpiry pins,
      RemovalWatch removal,
      SpaceAlarms space) {
    this.apply = apply;
    this.space = space;
    this.removal = removal;
    this.expiry = expiry;
    this.corruption = corruption;
    this.compaction = compaction;
    this.pins = pins;
  }

  /**
   * Prepares them; nothing runs before {@link #start}.
   *
   * @param removed called on the loop when this member was removed from its cluster
   */
  static Duties of(
      NodeConfig config,
      Loop loop,
      Consensus consensus,
      MemberLinks links,
      ApplyDriver apply,
      PinRegistry pinned,
      long memberId,
      Runnable removed) {
    long electionTimeoutNs = TimeUnit.MILLISECONDS.toNanos(config.timing().electionTimeoutMs());
    LeaseExpiry expiry =
        new LeaseExpiry(loop, consensus, memberId, LeaseTiming.of(electionTimeoutNs));
    long retention = config.compaction().retention();
    AutoCompaction compaction =
        switch (config.compaction().mode()) {
          case OFF -> null;
          case PERIODIC -> AutoCompaction.periodic(loop, consensus, memberId, retention);
          case REVISION -> AutoCompaction.byRevision(loop, consensus, memberId, retention);
        };
    return new Duties(
        apply,
        expiry,
        new CorruptionCheck(loop, consensus, memberId),
        compaction,
        new PinExpiry(loop, pinned),
        new RemovalWatch(loop, consensus, memberId, removed),
        new SpaceAlarms(
            loop,
            consensus,
            links,
            memberId,
            config.limits().quotaBytes(),
            () -> StoreFigures.liveBytes(apply.view())));
  }

  /** Starts them, once this member takes part. */
  void start() {
    apply.addLeaseSink(expiry); // first, so that no grant falls between this and the first view
    expiry.start();
    if (compaction != null) {
      compaction.start();
    }
    pins.start();
    corruption.start();
    removal.start();
    space.start();
  }

  LeaseExpiry expiry() {
    return expiry;
  }

  void stop() {
    expiry.stop();
    pins.stop();
    corruption.stop();
    removal.stop();
    space.stop();
    if (compaction != null) {
      compaction.stop();
    }
  }
}
