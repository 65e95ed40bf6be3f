package io.mooring.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.internalpb.Command;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Version;
import io.mooring.api.testing.Covers;
import io.mooring.base.Check;
import io.mooring.base.CheckFailedException;
import io.mooring.machine.mvcc.AnswerRoom;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What transcripts cannot show: sizes, bounds, and entries out of order. */
class MachineTest {

  @TempDir Path directory;
  private MachineFixture fixture;

  @BeforeEach
  void open() {
    fixture = new MachineFixture(directory);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  @Covers("B10")
  void keysOfAnySizeAreStoredWhole() {
    for (int size : new int[] {512, 4_096, 1_000_000}) {
      byte[] key = "k".repeat(size).getBytes(java.nio.charset.StandardCharsets.UTF_8);
      Outcome outcome =
          fixture.apply(
              Command.newBuilder()
                  .setPut(PutRequest.newBuilder().setKey(ByteString.copyFrom(key)))
                  .build());
      try (Snapshot snapshot = fixture.engine.snapshot()) {
        Version version = Check.present(snapshot.get(key, outcome.revision(), true), "put");
        assertThat(version.key()).isEqualTo(key);
      }
    }
    assertThat(fixture.engine.state().keyCount()).isEqualTo(3);
  }

  @Test
  void expiryIsBoundedByKeysAndTheRestStays() {
    play("grant 1 10", "grant 2 10", "grant 3 10");
    int half = Machine.MAX_EXPIRED_KEYS / 2;
    for (int i = 0; i <= half; i++) {
      fixture.applyLater(ScriptParser.command("put a" + i + " x lease=1"));
      fixture.applyLater(ScriptParser.command("put b" + i + " x lease=2"));
    }
    fixture.commit();
    long before = fixture.machine.revision();
    play("expire 1 1 2 3");
    assertThat(fixture.machine.revision()).isEqualTo(before + 1);
    assertThat(fixture.view().leases().contains(1)).isFalse();
    assertThat(fixture.view().leases().contains(2)).isTrue();
    assertThat(fixture.view().leases().contains(3)).isTrue();
    play("expire 1 1 2 3");
    assertThat(fixture.view().leases().size()).isZero();
    assertThat(fixture.machine.revision()).isEqualTo(before + 2);
  }

  @Test
  @Covers("R26")
  void entriesOutOfStepStopTheMember() {
    play("put a 1");
    Command put = ScriptParser.command("put a 2");
    try (var batch = new OpenBatch(fixture)) {
      assertThatThrownBy(() -> batch.apply(1, put)).isInstanceOf(CheckFailedException.class);
      assertThatThrownBy(() -> batch.apply(3, put)).isInstanceOf(CheckFailedException.class);
    }
  }

  @Test
  void aCommandThatNobodyKnowsStopsTheMember() {
    assertThatThrownBy(() -> fixture.apply(Command.getDefaultInstance()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("unknown command");
  }

  @Test
  @Covers("M14")
  void everythingDerivedIsRebuiltFromTheEngine() {
    play(
        "grant 1 10",
        "put a 1 lease=1",
        "alarm activate nospace 3",
        "publish 9 nine u",
        "compact 1");
    View before = fixture.view();
    fixture.restart();
    View after = fixture.view();
    assertThat(after.appliedIndex()).isEqualTo(before.appliedIndex());
    assertThat(after.revision()).isEqualTo(before.revision());
    assertThat(after.compactRevision()).isEqualTo(before.compactRevision());
    assertThat(after.leases().get(1)).isEqualTo(before.leases().get(1));
    assertThat(after.alarms().noSpace()).isTrue();
    assertThat(after.members().list()).isEqualTo(before.members().list());
  }

  private void play(String... lines) {
    for (String line : lines) {
      assertThat(fixture.apply(ScriptParser.command(line)).refusal()).as(line).isNull();
    }
  }

  /** A batch that is dropped. */
  private record OpenBatch(MachineFixture fixture, io.mooring.api.storage.WriteBatch batch)
      implements AutoCloseable {

    OpenBatch(MachineFixture fixture) {
      this(fixture, fixture.engine.begin());
    }

    void apply(long index, Command command) {
      fixture.machine.apply(batch, index, 1, command, fixture.effects, AnswerRoom.unlimited());
    }

    @Override
    public void close() {
      batch.discard();
    }
  }
}
