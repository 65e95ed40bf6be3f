package io.mooring.check;

import io.mooring.check.WatchTape.Response;
import java.util.List;

/**
 * Holds what a watcher was told against the committed log: ordered, unique, complete, whole
 * revisions in one response, and true to its notices of progress. Streams that were resumed at the
 * last revision + 1 count as one.
 */
public final class WatchCheck {

  private WatchCheck() {}

  /**
   * Judges a tape.
   *
   * @param through revision up to which the watcher must have been told everything
   */
  public static void check(WatchTape tape, CommittedLog log, long through, Report report) {
    List<Change> expected =
        log.changes().stream()
            .filter(each -> each.revision() >= tape.startRevision())
            .filter(each -> each.key().startsWith(tape.prefix()))
            .toList();
    int position = 0;
    long progress = 0;
    for (Response response : tape.responses()) {
      for (Change change : response.changes()) {
        if (position == expected.size() || !expected.get(position).equals(change)) {
          report.problem("%s", difference(tape, expected, position, change));
          return;
        }
        report.check(
            change.revision() > progress, "P14 %s: %s after its progress", tape.name(), change);
        report.check(
            change.revision() <= response.headerRevision(),
            "P9 %s: header %d before %s",
            tape.name(),
            response.headerRevision(),
            change);
        position++;
      }
      if (response.changes().isEmpty()) {
        progress = Math.max(progress, response.headerRevision());
        report.check(
            position == expected.size() || expected.get(position).revision() > progress,
            "P14 %s: progress %d before its events",
            tape.name(),
            progress);
      } else {
        checkWhole(tape, expected, position, report);
      }
    }
    report.judged("watch events", position);
    report.check(
        position == expected.size() || expected.get(position).revision() > through,
        "P11 %s: nothing from revision %d on, the log goes to %d",
        tape.name(),
        position < expected.size() ? expected.get(position).revision() : 0,
        through);
  }

  private static void checkWhole(
      WatchTape tape, List<Change> expected, int position, Report report) {
    boolean split =
        position < expected.size()
            && expected.get(position).revision() == expected.get(position - 1).revision();
    report.check(
        !split,
        "P12 %s: revision %d was split",
        tape.name(),
        expected.get(position - 1).revision());
  }

  private static String difference(
      WatchTape tape, List<Change> expected, int position, Change got) {
    Change want = position < expected.size() ? expected.get(position) : null;
    int at = expected.indexOf(got);
    String broken =
        at < 0
            ? "P15 not in the log"
            : at > position ? "P11 skips events" : "P9 P10 again or going back";
    return "%s, %s: event %d is %s, the log has %s"
        .formatted(broken, tape.name(), position, got, want);
  }
}
