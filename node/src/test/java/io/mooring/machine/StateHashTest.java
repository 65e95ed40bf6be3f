package io.mooring.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.internalpb.Command;
import io.mooring.api.storage.EngineProvider;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.testing.Covers;
import io.mooring.machine.hash.Mark;
import io.mooring.machine.hash.StateHash;
import io.mooring.machine.mvcc.Validation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The hash of the whole state: equal for equal histories, different for any other, never lost. */
class StateHashTest {

  private static final List<String> ENGINES = List.of("memory", "lmdb", "rocksdb");

  /** Enough of everything that is replicated. */
  private static final List<String> HISTORY =
      List.of(
          "found 5=http://p5 6=http://p6",
          "publish 5 five http://c5",
          "grant 1 60",
          "grant 2 600",
          "put a 1 lease=1",
          "put a 2 lease=2",
          "put b 1",
          "put c 1",
          "delete c",
          "checkpoint 1 2=300",
          "add 7 http://p7 learner=1",
          "alarm activate nospace 6",
          "compact 4");

  @TempDir Path scratch;

  private final List<MachineFixture> opened = new ArrayList<>();

  @AfterEach
  void close() {
    opened.forEach(MachineFixture::close);
  }

  private MachineFixture open(String engine) {
    Path directory = scratch.resolve("engine-" + opened.size());
    try {
      Files.createDirectory(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    EngineProvider provider =
        ServiceLoader.load(EngineProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(one -> one.name().equals(engine))
            .findFirst()
            .orElseThrow();
    MachineFixture fixture = new MachineFixture(directory, provider);
    fixture.effects.wantsPrevious = false;
    opened.add(fixture);
    return fixture;
  }

  private MachineFixture played(List<String> lines) {
    MachineFixture fixture = open("memory");
    lines.forEach(line -> fixture.apply(ScriptParser.command(line)));
    return fixture;
  }

  private long hashOf(List<String> lines) {
    return played(lines).machine.stateHash();
  }

  private static void assertSumsMatchContent(MachineFixture fixture, String what) {
    try (Snapshot snapshot = fixture.engine.snapshot()) {
      StateHash restored = StateHash.restore(snapshot);
      assertThat(restored.sums()).as(what).isEqualTo(StateHash.content(snapshot));
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4})
  @Covers({"P25", "M15", "S15"})
  void equalHistoriesHashAlikeOnAllEnginesHoweverTheyAreInterrupted(long seed) {
    RandomCommands commands = new RandomCommands(seed);
    SplittableRandom random = new SplittableRandom(~seed);
    List<MachineFixture> members = ENGINES.stream().map(this::open).toList();
    MachineFixture first = members.get(0);
    for (String line : HISTORY.subList(0, 4)) {
      members.forEach(member -> member.apply(ScriptParser.command(line)));
    }
    for (int i = 0; i < 300; i++) {
      commands.revision = first.machine.revision();
      Command command = commands.command(1);
      if ((command.hasPut() && Validation.put(command.getPut()) != null)
          || (command.hasTxn() && Validation.txn(command.getTxn(), 128) != null)) {
        continue;
      }
      for (MachineFixture member : members) {
        member.applyLater(command);
        if (random.nextInt(15) == 0) {
          member.restart();
        }
        if (random.nextInt(30) == 0) {
          member.commit();
          while (member.engine.maintain()) {
            // One of them reclaims what compaction has freed, the others later.
          }
        }
        assertThat(member.machine.stateHash())
            .as("seed %d step %d %s %s", seed, i, member.engine.name(), command)
            .isEqualTo(first.machine.stateHash());
      }
    }
    for (MachineFixture member : members) {
      member.commit();
      assertSumsMatchContent(member, "seed " + seed + " " + member.engine.name());
    }
  }

  /** What happened differently, in any one place, is a different hash. */
  @Test
  @Covers("M15")
  void anyOneDifferenceShows() {
    long hash = hashOf(HISTORY);
    assertThat(hashOf(HISTORY)).isEqualTo(hash);
    List<List<String>> others = new ArrayList<>();
    for (int i = 1; i < HISTORY.size(); i++) {
      List<String> without = new ArrayList<>(HISTORY);
      without.remove(i);
      others.add(without);
    }
    String[][] changes = {
      {"put b 1", "put b 2"},
      {"put b 1", "put bb 1"},
      {"put a 2 lease=2", "put a 2 lease=1"},
      {"put a 2 lease=2", "put a 2"},
      {"grant 1 60", "grant 1 61"},
      {"grant 1 60", "grant 3 60"},
      {"checkpoint 1 2=300", "checkpoint 1 2=299"},
      {"found 5=http://p5 6=http://p6", "found 5=http://p5 6=http://q6"},
      {"publish 5 five http://c5", "publish 5 five http://d5"},
      {"publish 5 five http://c5", "publish 6 five http://c5"},
      {"add 7 http://p7 learner=1", "add 7 http://p7"},
      {"add 7 http://p7 learner=1", "add 8 http://p7 learner=1"},
      {"alarm activate nospace 6", "alarm activate nospace 5"},
      {"compact 4", "compact 3"},
    };
    for (String[] change : changes) {
      List<String> changed = new ArrayList<>(HISTORY);
      changed.replaceAll(line -> line.equals(change[0]) ? change[1] : line);
      others.add(changed);
    }
    List<Long> hashes = new ArrayList<>(List.of(hash));
    for (List<String> other : others) {
      long its = hashOf(other);
      assertThat(hashes).as("%s", other).doesNotContain(its);
      hashes.add(its);
    }
  }

  /** A value that nobody has overwritten since, and a removed member's id, are not forgotten. */
  @Test
  void differencesOfThePastStay() {
    List<String> one = List.of("put a 1", "put a 3", "delete a", "compact 4");
    List<String> other = List.of("put a 2", "put a 3", "delete a", "compact 4");
    assertThat(hashOf(one)).isNotEqualTo(hashOf(other));
    List<String> removed = List.of("found 1=u 2=v 3=w", "remove 3");
    List<String> never = List.of("found 1=u 2=v");
    assertThat(hashOf(removed)).isNotEqualTo(hashOf(never));
  }

  /** Members compare what they stored: a change of the construction needs a new number. */
  @Test
  void theConstructionIsPinned() {
    assertThat(StateHash.CONSTRUCTION).isEqualTo(2);
    assertThat(Long.toHexString(hashOf(HISTORY))).isEqualTo("99376cad53ed507b");
  }

  @Test
  void refusedCommandsAndUpkeepChangeNothing() {
    MachineFixture fixture = played(HISTORY);
    long hash = fixture.machine.stateHash();
    for (String line :
        List.of(
            "put a 1 lease=9", "delete zz", "compact 2", "grant 1 60", "remove 9", "revoke 8")) {
      fixture.apply(ScriptParser.command(line));
    }
    fixture.restart();
    while (fixture.engine.maintain()) {
      // What compaction has freed goes; the hash does not know of it.
    }
    assertThat(fixture.machine.stateHash()).isEqualTo(hash);
    assertSumsMatchContent(fixture, "after upkeep");
  }

  private static void toMark(MachineFixture fixture) {
    do {
      fixture.applyLater(ScriptParser.command("put k v"));
    } while (fixture.machine.appliedIndex() % StateHash.MARK_ENTRIES != 0);
    fixture.commit();
  }

  private static Command check(Mark mark) {
    return ScriptParser.command("check " + mark.index() + " " + Long.toHexString(mark.hash()));
  }

  @Test
  @Covers("P24")
  void aMemberThatDivergedStopsAndSaysWhere() {
    MachineFixture leader = open("memory");
    MachineFixture good = open("lmdb");
    MachineFixture bad = open("rocksdb");
    for (MachineFixture member : List.of(leader, good, bad)) {
      member.apply(ScriptParser.command(member == bad ? "put a 2" : "put a 1"));
      toMark(member);
    }
    Mark mark = leader.view().mark();
    assertThat(mark.index()).isEqualTo(StateHash.MARK_ENTRIES);
    assertThat(leader.apply(check(mark)).refusal()).isNull();
    good.restart();
    long before = good.machine.stateHash();
    assertThat(good.apply(check(mark)).refusal()).isNull();
    assertThat(good.machine.stateHash()).isEqualTo(before);
    bad.restart();
    assertThatThrownBy(() -> bad.applyLater(check(mark)))
        .isInstanceOf(StateDivergedException.class)
        .hasMessageContaining("at index 1024")
        .hasMessageContaining("leader 1 to %016x".formatted(mark.hash()));
  }

  @Test
  void whatCannotBeComparedIsPassedOver() {
    MachineFixture fixture = open("memory");
    assertThat(fixture.view().mark()).isEqualTo(Mark.NONE);
    assertThat(fixture.apply(ScriptParser.command("check 1024 77")).refusal()).isNull();
    toMark(fixture);
    Mark old = fixture.view().mark();
    Command otherConstruction =
        check(new Mark(old.index(), ~old.hash())).toBuilder()
            .setCheckState(
                check(new Mark(old.index(), ~old.hash())).getCheckState().toBuilder()
                    .setConstruction(StateHash.CONSTRUCTION + 1))
            .build();
    assertThat(fixture.apply(otherConstruction).refusal()).isNull();
    for (int i = 0; i < 16; i++) {
      toMark(fixture);
    }
    assertThat(fixture.apply(check(new Mark(old.index(), ~old.hash()))).refusal()).isNull();
  }
}
