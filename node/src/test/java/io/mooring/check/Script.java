package io.mooring.check;

import io.mooring.check.FakeStore.Write;
import io.mooring.check.Operation.Kind;
import io.mooring.check.Operation.Mode;
import io.mooring.check.Operation.Outcome;
import io.mooring.check.WatchTape.Response;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a history by hand, one call after the other on an honest store. What a test plants goes in
 * by {@link #add}, by answers from another revision, or straight into the store.
 */
final class Script {

  final FakeStore store = new FakeStore();
  final List<Operation> history = new ArrayList<>();
  private long nowNs = 1_000;

  long put(String register, String value) {
    long revision = store.write(List.of(new Write(register, value)));
    add(Kind.PUT, register, value, Outcome.DONE, null, revision);
    return revision;
  }

  void get(String register) {
    getAt(register, store.revision(), store.revision());
  }

  /** A read that answers from one revision and says it is of another. */
  void getAt(String register, long from, long said) {
    add(Kind.GET, register, null, Outcome.DONE, state(register, from), said);
  }

  void delete(String register) {
    List<Version> before = state(register, store.revision());
    long revision = store.write(List.of(new Write(register, null)));
    add(Kind.DELETE, register, null, Outcome.DONE, before, revision);
  }

  void compareAndSet(String register, long expected, String value) {
    List<Version> before = state(register, store.revision());
    long mod = before.isEmpty() ? 0 : before.get(0).modRevision();
    boolean holds = mod == expected;
    long revision = holds ? store.write(List.of(new Write(register, value))) : store.revision();
    add(
        new Operation(
            0,
            register,
            Kind.CAS,
            Mode.LINEARIZABLE,
            value,
            expected,
            nowNs++,
            nowNs++,
            holds ? Outcome.DONE : Outcome.REFUSED,
            holds ? null : before,
            revision));
  }

  void append(String list, String value) {
    long revision = store.write(List.of(new Write(list + "/" + value, value)));
    add(Kind.APPEND, list, value, Outcome.DONE, elements(list, revision), revision);
  }

  void list(String list) {
    long revision = store.revision();
    add(Kind.GET, list, null, Outcome.DONE, elements(list, revision), revision);
  }

  void add(
      Kind kind,
      String object,
      @Nullable String value,
      Outcome outcome,
      @Nullable List<Version> seen,
      long revision) {
    long callNs = nowNs++;
    long returnNs = outcome == Outcome.UNKNOWN ? Operation.NEVER : nowNs++;
    add(
        new Operation(
            0,
            object,
            kind,
            Mode.LINEARIZABLE,
            value,
            0,
            callNs,
            returnNs,
            outcome,
            seen,
            revision));
  }

  void add(Operation operation) {
    history.add(operation);
  }

  List<Version> state(String register, long revision) {
    Change change = store.read(register, revision).get(register);
    return change == null ? List.of() : List.of(version(change));
  }

  List<Version> elements(String list, long revision) {
    return store.read(list + "/", revision).values().stream()
        .sorted(Comparator.comparingLong(Change::revision))
        .map(Script::version)
        .toList();
  }

  /** What an honest watcher of everything is told: one response for each revision. */
  List<Response> responses() {
    List<Response> responses = new ArrayList<>();
    for (long revision = 2; revision <= store.revision(); revision++) {
      long at = revision;
      List<Change> changes =
          store.log().stream().filter(change -> change.revision() == at).toList();
      responses.add(new Response(nowNs, revision, changes));
    }
    return responses;
  }

  /** Judges all but watches. */
  Report judge() {
    return Verdicts.judge(history, new CommittedLog(store.log()), List.of(), List.of());
  }

  private static Version version(Change change) {
    return new Version(String.valueOf(change.value()), change.revision());
  }
}
