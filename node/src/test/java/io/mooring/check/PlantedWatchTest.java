package io.mooring.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import io.mooring.check.FakeStore.Write;
import io.mooring.check.LeaseTape.Renewal;
import io.mooring.check.WatchTape.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Watches and leases that break one promise each. */
class PlantedWatchTest {

  private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

  private final Script script = new Script();
  private final List<Response> responses;

  PlantedWatchTest() {
    script.put("r", "a");
    script.put("r", "b");
    script.store.write(List.of(new Write("l/x", "x"), new Write("t", "x")));
    script.delete("r");
    script.put("s", "c");
    responses = new ArrayList<>(script.responses());
  }

  @Test
  void anHonestWatchPasses() {
    Report report = judge("");
    assertThat(report.problems()).isEmpty();
    assertThat(report.count("watch events")).isEqualTo(6);
    responses.removeIf(response -> !response.changes().get(0).key().startsWith("r"));
    assertThat(judge("r").problems()).isEmpty();
  }

  @Test
  @Covers("C4")
  void eachBrokenPromiseIsNamed() {
    List<Response> honest = List.copyOf(responses);
    responses.remove(1);
    assertFound("P11 skips");
    restore(honest);
    responses.remove(4);
    assertFound("P11 ");
    restore(honest);
    responses.add(1, responses.get(0));
    assertFound("P9 P10");
    restore(honest);
    Response twins = responses.remove(2);
    responses.add(2, with(twins, twins.changes().subList(0, 1)));
    responses.add(3, with(twins, twins.changes().subList(1, 2)));
    assertFound("P12 ");
    restore(honest);
    responses.add(1, new Response(1, 4, List.of()));
    assertFound("P14 ");
    restore(honest);
    Change wrong = new Change(2, "r", "a", 2, 7);
    responses.set(0, with(responses.get(0), List.of(wrong)));
    assertFound("P15 ");
  }

  @Test
  @Covers("C6")
  void leasesThatEndEarly() {
    script.store.write(List.of(new Write("lease/1", "lease/1")));
    script.store.write(List.of(new Write("lease/1", null)));
    Change gone = script.store.log().get(script.store.log().size() - 1);
    List<Response> seen = List.of(new Response(10 * SECOND_NS, gone.revision(), List.of(gone)));
    assertThat(lease(seen, new Renewal(7 * SECOND_NS, 2))).isEmpty();
    assertThat(lease(seen, new Renewal(9 * SECOND_NS, 0))).isEmpty();
    assertThat(lease(seen, new Renewal(9 * SECOND_NS, 2)))
        .singleElement()
        .asString()
        .startsWith("P18 ");
    assertThat(lease(seen, new Renewal(11 * SECOND_NS, 2)))
        .singleElement()
        .asString()
        .startsWith("P20 ");
  }

  private static List<String> lease(List<Response> seen, Renewal renewal) {
    Report report = new Report();
    LeaseTape tape = new LeaseTape(1, "lease/1", List.of(renewal));
    LeaseCheck.check(List.of(tape), List.of(new WatchTape("w", "", 1, seen)), report);
    assertThat(report.count("expired leases")).isEqualTo(1);
    return report.problems();
  }

  private void restore(List<Response> honest) {
    responses.clear();
    responses.addAll(honest);
  }

  private static Response with(Response response, List<Change> changes) {
    return new Response(response.seenNs(), response.headerRevision(), changes);
  }

  private void assertFound(String beginning) {
    assertThat(judge("").problems()).anyMatch(problem -> problem.startsWith(beginning));
  }

  private Report judge(String prefix) {
    Report report = new Report();
    CommittedLog log = new CommittedLog(script.store.log());
    long through = prefix.isEmpty() ? log.lastRevision() : 0;
    WatchCheck.check(new WatchTape("watch", prefix, 2, responses), log, through, report);
    return report;
  }
}
