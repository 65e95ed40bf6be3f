package io.mooring.check;

import java.util.List;

/** All checks of a recorded run at once. */
public final class Verdicts {

  private Verdicts() {}

  /**
   * Judges a run.
   *
   * @param history of every client
   * @param log what was committed, complete
   * @param watchers that were told everything up to the log's end
   * @param leases granted by clients and left to expire
   */
  public static Report judge(
      List<Operation> history, CommittedLog log, List<WatchTape> watchers, List<LeaseTape> leases) {
    Report report = new Report();
    long unknown =
        history.stream().filter(each -> each.outcome() == Operation.Outcome.UNKNOWN).count();
    report.judged("operations", history.size());
    report.judged("unknown outcomes", unknown);
    log.checkShape(report);
    Linearizability.check(history, report);
    RevisionOrder.check(history, report);
    Replay.check(history, log, report);
    watchers.forEach(tape -> WatchCheck.check(tape, log, log.lastRevision(), report));
    LeaseCheck.check(leases, watchers, report);
    return report;
  }
}
