package io.mooring.api.storage.tck;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.storage.ChangeCursor;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.Version;
import io.mooring.api.storage.VersionCursor;
import io.mooring.api.testing.Covers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a real process that writes an engine, again and again in one directory, and demands of what
 * is left: it is a prefix of what was written, at the end of a batch, at least as long as the
 * listener had reported durable; data, tables, history and the applied index are of one moment.
 *
 * <p>System properties: {@code mooring.crash.rounds}, {@code mooring.crash.seed}.
 */
public abstract class EngineCrashTck {

  private static final int ROUNDS = Integer.getInteger("mooring.crash.rounds", 5);
  private static final long SEED = Long.getLong("mooring.crash.seed", System.nanoTime());
  private static final int LONGEST_LIFE_MS = 700;

  @TempDir Path directory;

  /** The name of the engine's provider. */
  protected abstract String engineName();

  @Test
  @Covers({"S9", "S12"})
  void killedProcessLeavesAPrefixThatAgrees() throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    CrashModel model = new CrashModel(SEED);
    for (int round = 1; round <= ROUNDS; round++) {
      String where = "engine " + engineName() + " seed " + SEED + " round " + round;
      long reported = runAndKill(random, where);
      List<EngineException> faults = new ArrayList<>();
      try (MvccEngine engine = CrashChild.open(engineName(), directory, faults::add)) {
        EngineState state = engine.state();
        assertThat(state.appliedIndex())
            .as("%s: reported durable %d, verified before %d", where, reported, model.index())
            .isGreaterThanOrEqualTo(Math.max(reported, model.index()));
        while (model.index() < state.appliedIndex()) {
          model.next();
        }
        verify(model, engine, where, random);
      }
      assertThat(faults).as(where).isEmpty();
    }
  }

  /** Lets a child write for a random while, kills it, and returns what it had reported durable. */
  private long runAndKill(SplittableRandom random, String where) throws Exception {
    List<String> command = new ArrayList<>(List.of(javaBinary()));
    command.addAll(jvmOptions());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(CrashChild.class.getName());
    command.addAll(List.of(engineName(), directory.toString(), Long.toString(SEED)));
    Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
    ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();
    Thread reader = new Thread(() -> drain(child, lines), "crash-child-output");
    reader.start();
    boolean early = random.nextInt(4) == 0;
    boolean exited = !early && awaitFirstDurable(child, lines);
    if (!exited) {
      exited = child.waitFor(random.nextInt(LONGEST_LIFE_MS), TimeUnit.MILLISECONDS);
    }
    assertThat(exited).as("%s: child died by itself: %s", where, lines).isFalse();
    child.destroyForcibly().waitFor();
    reader.join();
    return lines.stream()
        .filter(line -> line.startsWith("durable "))
        .mapToLong(line -> Long.parseLong(line.substring("durable ".length())))
        .reduce(
            0,
            (before, now) -> {
              assertThat(now).as("%s: durable index fell", where).isGreaterThanOrEqualTo(before);
              return now;
            });
  }

  private static boolean awaitFirstDurable(Process child, ConcurrentLinkedQueue<String> lines)
      throws InterruptedException {
    for (int waited = 0; waited < 3_000; waited++) {
      if (lines.stream().anyMatch(line -> line.startsWith("durable "))) {
        return false;
      }
      if (child.waitFor(20, TimeUnit.MILLISECONDS)) {
        return true;
      }
    }
    child.destroyForcibly();
    throw new AssertionError("child reported nothing durable within a minute: " + lines);
  }

  private static void drain(Process child, ConcurrentLinkedQueue<String> lines) {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(child.getInputStream(), StandardCharsets.US_ASCII))) {
      StringBuilder line = new StringBuilder();
      for (int c = reader.read(); c >= 0; c = reader.read()) {
        if (c == '\n') {
          lines.add(line.toString());
          line.setLength(0);
        } else {
          line.append((char) c);
        }
      }
      // What follows the last newline was cut by the kill and says nothing.
    } catch (IOException e) {
      lines.add("output ended: " + e);
    }
  }

  private static String javaBinary() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** What native engines like to have; the child starts quickly rather than peaks high. */
  private static List<String> jvmOptions() {
    return List.of(
        "-Xmx512m",
        "-XX:TieredStopAtLevel=1",
        "--add-opens",
        "java.base/java.nio=ALL-UNNAMED",
        "--add-exports",
        "java.base/sun.nio.ch=ALL-UNNAMED");
  }

  private static void verify(
      CrashModel model, MvccEngine engine, String where, SplittableRandom random) {
    EngineState state = engine.state();
    String at = where + " at index " + state.appliedIndex();
    assertThat(state.appliedIndex() == 0 || model.endsBatch(state.appliedIndex()))
        .as("%s: inside a batch", at)
        .isTrue();
    assertThat(engine.durableIndex()).as(at).isEqualTo(state.appliedIndex());
    assertThat(state.revision()).as(at).isEqualTo(model.revision());
    assertThat(state.compactRevision()).as(at).isEqualTo(model.compactRevision());
    assertThat(state.keyCount()).as(at).isEqualTo(model.aliveAt(model.revision()).size());
    try (Snapshot snapshot = engine.snapshot()) {
      long lowest = Math.max(1, model.compactRevision());
      verifyRange(model, snapshot, Long.MAX_VALUE, at);
      verifyRange(model, snapshot, lowest, at);
      verifyRange(model, snapshot, random.nextLong(lowest, model.revision() + 1), at);
      verifyChanges(model, snapshot, lowest, at);
      verifyTables(model, snapshot, at);
    }
  }

  private static void verifyRange(
      CrashModel model, Snapshot snapshot, long atRevision, String where) {
    String at = where + " range at " + atRevision;
    List<CrashModel.Change> expected = model.aliveAt(Math.min(atRevision, model.revision()));
    try (VersionCursor cursor = snapshot.range(new byte[0], null, atRevision)) {
      for (CrashModel.Change change : expected) {
        assertThat(cursor.next()).as(at).isTrue();
        verifyVersion(model, cursor, change, at);
      }
      assertThat(cursor.next()).as(at).isFalse();
    }
    for (CrashModel.Change change : expected) {
      Version version = snapshot.get(change.key(), atRevision, true);
      assertThat(version).as(at).isNotNull();
      assertThat(version.modRevision()).as(at).isEqualTo(change.main());
      assertThat(version.payload()).as(at).isEqualTo(model.payload(change.main(), change.sub()));
    }
  }

  private static void verifyVersion(
      CrashModel model, VersionCursor cursor, CrashModel.Change change, String at) {
    assertThat(bytes(cursor.key())).as(at).isEqualTo(change.key());
    assertThat(cursor.modRevision()).as(at).isEqualTo(change.main());
    assertThat(cursor.modSub()).as(at).isEqualTo(change.sub());
    assertThat(cursor.createRevision()).as(at).isEqualTo(change.create());
    assertThat(cursor.version()).as(at).isEqualTo(change.version());
    assertThat(cursor.leaseId()).as(at).isEqualTo(change.lease());
    assertThat(bytes(cursor.payload()))
        .as(at)
        .isEqualTo(model.payload(change.main(), change.sub()));
  }

  private static void verifyChanges(
      CrashModel model, Snapshot snapshot, long lowest, String where) {
    String at = where + " changes from " + lowest;
    try (ChangeCursor cursor = snapshot.changes(lowest, model.revision())) {
      for (CrashModel.Change change : model.changes()) {
        assertThat(cursor.next()).as(at).isTrue();
        assertThat(cursor.tombstone()).as(at).isEqualTo(change.tombstone());
        if (change.tombstone()) {
          assertThat(bytes(cursor.key())).as(at).isEqualTo(change.key());
          assertThat(cursor.modRevision()).as(at).isEqualTo(change.main());
          assertThat(cursor.modSub()).as(at).isEqualTo(change.sub());
        } else {
          verifyVersion(model, cursor, change, at);
        }
      }
      assertThat(cursor.next()).as(at).isFalse();
    }
  }

  private static void verifyTables(CrashModel model, Snapshot snapshot, String at) {
    long[] rows = model.tableRows();
    for (int row = 0; row < rows.length; row++) {
      byte[] expected = rows[row] == 0 ? null : CrashChild.tableValue(rows[row]);
      byte[] found = snapshot.tableGet(Table.LEASE, CrashChild.tableKey(row));
      assertThat(found).as("%s: table row %d", at, row).isEqualTo(expected);
    }
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }
}
