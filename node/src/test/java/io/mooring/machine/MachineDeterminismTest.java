package io.mooring.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.internalpb.Command;
import io.mooring.api.storage.ChangeCursor;
import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.TableCursor;
import io.mooring.api.storage.VersionCursor;
import io.mooring.api.testing.Covers;
import io.mooring.machine.mvcc.Validation;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same commands lead to the same state and answers, however they meet batches and restarts. */
@Covers({"R8", "M9", "M15", "P25"})
class MachineDeterminismTest {

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void batchesWatchersAndRestartsChangeNothing(
      long seed, @TempDir Path firstDirectory, @TempDir Path secondDirectory) {
    RandomCommands commands = new RandomCommands(seed);
    SplittableRandom random = new SplittableRandom(~seed);
    try (MachineFixture first = new MachineFixture(firstDirectory);
        MachineFixture second = new MachineFixture(secondDirectory)) {
      first.effects.wantsPrevious = false;
      for (int i = 0; i < 400; i++) {
        commands.revision = first.machine.revision();
        Command command = commands.command(first.term);
        if (command.hasPut() && Validation.put(command.getPut()) != null) {
          continue;
        }
        if (command.hasTxn() && Validation.txn(command.getTxn(), 128) != null) {
          continue;
        }
        Outcome alone = first.apply(command);
        // The other one decodes from log bytes, as every member but the test's first does.
        Outcome together = second.applyLater(CommandCodec.decode(entry(command)));
        assertThat(together).as("seed %s, command %s: %s", seed, i, command).isEqualTo(alone);
        if (random.nextInt(20) == 0) {
          second.restart();
        }
        if (random.nextInt(50) == 0) {
          second.commit();
          while (second.engine.maintain()) {
            // One of the two reclaims early.
          }
        }
      }
      second.commit();
      assertThat(content(second)).as("seed %s", seed).isEqualTo(content(first));
    }
  }

  private static byte[] entry(Command command) {
    return ByteBuffer.allocate(CommandCodec.HEADER_BYTES + command.getSerializedSize())
        .putLong(1)
        .putLong(2)
        .putLong(3)
        .put(command.toByteArray())
        .array();
  }

  /** Everything that can be read. */
  private static List<String> content(MachineFixture fixture) {
    List<String> lines = new ArrayList<>();
    while (fixture.engine.maintain()) {
      // What may be gone must be gone on both sides.
    }
    try (Snapshot snapshot = fixture.engine.snapshot()) {
      EngineState state = snapshot.state();
      lines.add("applied " + state.appliedIndex() + " revision " + state.revision());
      lines.add("compacted " + state.compactRevision() + " keys " + state.keyCount());
      lines.add("bytes " + state.logicalBytes());
      long oldest = Math.max(1, state.compactRevision());
      try (ChangeCursor changes = snapshot.changes(oldest, state.revision())) {
        while (changes.next()) {
          lines.add((changes.tombstone() ? "tombstone " : "change ") + version(changes));
        }
      }
      for (long at : new long[] {oldest, state.revision()}) {
        try (VersionCursor versions = snapshot.range(new byte[] {0}, null, at)) {
          while (versions.next()) {
            lines.add("at " + at + ' ' + version(versions));
          }
        }
      }
      for (Table table : Table.values()) {
        try (TableCursor rows = snapshot.tableScan(table, new byte[0], null)) {
          while (rows.next()) {
            lines.add(table + " " + hex(rows.key()) + " -> " + hex(rows.value()));
          }
        }
      }
    }
    return lines;
  }

  private static String version(VersionCursor at) {
    return at.modRevision() + "." + at.modSub() + " " + hex(at.key()) + " " + hex(at.payload());
  }

  private static String hex(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    return hex(copy);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
