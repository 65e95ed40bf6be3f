package io.mooring.service;

import io.mooring.api.internalpb.Command;
import io.mooring.base.Check;
import io.mooring.base.DurationsByResult;
import io.mooring.error.EtcdException;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.function.ObjDoubleConsumer;
import org.jspecify.annotations.Nullable;

/** What the services count, for all client loops of a member together. Any thread. */
public final class ServiceStats {

  final LongAdder ranges = new LongAdder();
  final LongAdder txns = new LongAdder();
  final LongAdder proposalsBegun = new LongAdder();
  final LongAdder proposalsEnded = new LongAdder();
  final LongAdder proposalsFailed = new LongAdder();
  final LongAdder healthSuccesses = new LongAdder();
  final LongAdder healthFailures = new LongAdder();
  final DurationsByResult rangeRequests = new DurationsByResult();
  final DurationsByResult readOnlyTxns = new DurationsByResult();
  final DurationsByResult scans = new DurationsByResult();
  private final LongAdder promotions = new LongAdder();
  private final Map<String, LongAdder> promotionFailures = new ConcurrentHashMap<>();
  private final Map<Command.BodyCase, DurationsByResult> writes =
      new EnumMap<>(Command.BodyCase.class);
  private final Map<Probes.Check, ProbeResults> live = results(Probes.LIVE);
  private final Map<Probes.Check, ProbeResults> ready = results(Probes.READY);

  /** How often a check passed, how often it failed, and how it was last. */
  public static final class ProbeResults {
    private final LongAdder passed = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private volatile boolean passing;

    private void add(boolean pass) {
      (pass ? passed : failed).increment();
      passing = pass;
    }

    /** Passes so far. */
    public long passed() {
      return passed.sum();
    }

    /** Failures so far. */
    public long failed() {
      return failed.sum();
    }

    /** Whether it passed the last time; false before it was asked for. */
    public boolean passing() {
      return passing;
    }
  }

  /** All at zero. */
  public ServiceStats() {
    for (Command.BodyCase kind : Command.BodyCase.values()) {
      writes.put(kind, new DurationsByResult());
    }
  }

  private static Map<Probes.Check, ProbeResults> results(Iterable<Probes.Check> checks) {
    Map<Probes.Check, ProbeResults> results = new EnumMap<>(Probes.Check.class);
    checks.forEach(check -> results.put(check, new ProbeResults()));
    return results;
  }

  DurationsByResult writes(Command.BodyCase kind) {
    return Check.present(writes.get(kind), "every kind is timed");
  }

  void probed(boolean readiness, Probes.Check check, boolean pass) {
    Check.present((readiness ? ready : live).get(check), "a check of this probe").add(pass);
  }

  /** Ranges answered. */
  public long ranges() {
    return ranges.sum();
  }

  /** Transactions asked for. */
  public long txns() {
    return txns.sum();
  }

  /** Proposals whose outcome is not known yet. */
  public long proposalsPending() {
    return Math.max(0, proposalsBegun.sum() - proposalsEnded.sum());
  }

  /** Proposals without an outcome: refused by consensus, or too late. */
  public long proposalsFailed() {
    return proposalsFailed.sum();
  }

  /** A learner was promoted, or not. */
  void promoted(@Nullable Throwable failure) {
    if (failure == null) {
      promotions.increment();
    } else if (failure instanceof EtcdException refusal) {
      // Constants of our own, so there are few.
      promotionFailures
          .computeIfAbsent(refusal.error().text(), text -> new LongAdder())
          .increment();
    }
  }

  /** Learners promoted by this member as their leader. */
  public long promotions() {
    return promotions.sum();
  }

  /** Shows how often each refusal kept a learner from being promoted. */
  public void forEachPromotionFailure(ObjDoubleConsumer<String> visitor) {
    promotionFailures.forEach((text, count) -> visitor.accept(text, count.sum()));
  }

  /** Times that {@code /health} found nothing wrong. */
  public long healthSuccesses() {
    return healthSuccesses.sum();
  }

  /** Times that {@code /health} found something wrong. */
  public long healthFailures() {
    return healthFailures.sum();
  }

  /** Time of range requests, from arrival to answer. */
  public DurationsByResult rangeRequests() {
    return rangeRequests;
  }

  /** Time of transactions that only read. */
  public DurationsByResult readOnlyTxns() {
    return readOnlyTxns;
  }

  /** Time of range requests once they had a view to be answered from. */
  public DurationsByResult scans() {
    return scans;
  }

  /** Shows the time of writes, from proposal to outcome, by kind of command. */
  public void forEachWrite(BiConsumer<Command.BodyCase, DurationsByResult> visitor) {
    writes.forEach(visitor);
  }

  /** Shows the checks of {@code /readyz}, or else of {@code /livez}. */
  public void forEachCheck(boolean readiness, BiConsumer<Probes.Check, ProbeResults> visitor) {
    (readiness ? ready : live).forEach(visitor);
  }
}
