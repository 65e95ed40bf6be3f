package io.mooring.check;

import io.mooring.check.LeaseTape.Renewal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * No lease ends early. A delete that was seen at a moment happened before it, and a renewal took
 * effect after it was asked for; so a delete seen sooner than a time-to-live after the asking was
 * too soon by any clock.
 */
public final class LeaseCheck {

  private LeaseCheck() {}

  /**
   * Judges leases.
   *
   * @param watchers whose tapes may show the deletes of the leases' keys
   */
  public static void check(List<LeaseTape> leases, List<WatchTape> watchers, Report report) {
    Map<String, Long> goneNs = goneNs(watchers);
    for (LeaseTape lease : leases) {
      Long gone = goneNs.get(lease.key());
      if (gone == null) {
        continue;
      }
      report.judged("expired leases", 1);
      for (Renewal renewal : lease.renewals()) {
        if (renewal.ttlSeconds() > 0) {
          check(lease, renewal, gone, report);
        }
      }
    }
  }

  private static void check(LeaseTape lease, Renewal renewal, long goneNs, Report report) {
    long livedNs = goneNs - renewal.callNs();
    report.check(
        livedNs >= 0,
        "P20 lease %x: renewed %d ms after its key was seen deleted",
        lease.leaseId(),
        TimeUnit.NANOSECONDS.toMillis(-livedNs));
    report.check(
        livedNs < 0 || livedNs >= TimeUnit.SECONDS.toNanos(renewal.ttlSeconds()),
        "P18 lease %x: expired %d ms after it was renewed for %d s",
        lease.leaseId(),
        TimeUnit.NANOSECONDS.toMillis(livedNs),
        renewal.ttlSeconds());
  }

  private static Map<String, Long> goneNs(List<WatchTape> watchers) {
    Map<String, Long> goneNs = new HashMap<>();
    for (WatchTape tape : watchers) {
      for (WatchTape.Response response : tape.responses()) {
        for (Change change : response.changes()) {
          if (change.value() == null) {
            goneNs.merge(change.key(), response.seenNs(), Math::min);
          }
        }
      }
    }
    return goneNs;
  }
}
