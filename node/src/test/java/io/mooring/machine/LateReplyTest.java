package io.mooring.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.internalpb.Command;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.testing.Covers;
import io.mooring.base.Check;
import io.mooring.machine.mvcc.AnswerRoom;
import io.mooring.machine.mvcc.LateReads;
import io.mooring.machine.mvcc.Validation;
import io.mooring.read.LateReplies;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a write shows may be read with it or long after it: the reply is the same, whatever was
 * written, compacted and removed meanwhile. And how much of it is read with it, or whether it is
 * wanted at all, changes nothing in the state.
 */
@Covers("M9")
class LateReplyTest {

  private record Waiting(Outcome late, Outcome expected, String as) {}

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void repliesReadLateAreThoseReadAtOnce(
      long seed, @TempDir Path atOnce, @TempDir Path later, @TempDir Path never) {
    RandomCommands commands = new RandomCommands(seed);
    SplittableRandom random = new SplittableRandom(~seed);
    ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    int lateCount = 0;
    try (MachineFixture first = new MachineFixture(atOnce);
        MachineFixture second = new MachineFixture(later);
        MachineFixture third = new MachineFixture(never)) {
      second.room = () -> AnswerRoom.of(random.nextInt(4), random.nextInt(100));
      third.room = AnswerRoom::unwanted;
      for (int i = 0; i < 600; i++) {
        commands.revision = first.machine.revision();
        Command command = commands.command(first.term);
        if ((command.hasPut() && Validation.put(command.getPut()) != null)
            || (command.hasTxn() && Validation.txn(command.getTxn(), 128) != null)) {
          continue;
        }
        String as = "seed " + seed + ", command " + i + ": " + command;
        Outcome expected = first.apply(command);
        Outcome outcome = second.applyLater(command);
        LateReads reads = outcome.late();
        if (reads == null) {
          assertThat(outcome).as(as).isEqualTo(expected);
        } else {
          lateCount++;
          PinRegistry.Pin pin =
              second.pins.tryPin(second.engine, reads.lowestRevision(), "test", Long.MAX_VALUE);
          waiting.add(new Waiting(outcome.pinned(Check.present(pin, as)), expected, as));
        }
        second.commit();
        assertThat(third.apply(command).refusal()).as(as).isEqualTo(expected.refusal());
        assertThat(third.machine.stateHash()).as(as).isEqualTo(first.machine.stateHash());
        assertThat(second.machine.stateHash()).as(as).isEqualTo(first.machine.stateHash());
        while (waiting.size() > 20 || (!waiting.isEmpty() && random.nextInt(4) == 0)) {
          complete(second, waiting.remove());
        }
        if (random.nextInt(10) == 0) {
          while (second.engine.maintain()) {
            // All that no pin holds is removed.
          }
        }
      }
      waiting.forEach(one -> complete(second, one));
    }
    assertThat(lateCount).as("seed %s", seed).isGreaterThan(10);
  }

  private static void complete(MachineFixture fixture, Waiting one) {
    LateReads reads = Check.present(one.late().late(), one.as());
    assertThat(one.late().revision()).as(one.as()).isEqualTo(one.expected().revision());
    try (PinRegistry.Pin ignored = one.late().pin();
        Snapshot snapshot = fixture.engine.snapshot()) {
      assertThat(LateReplies.complete(reads, snapshot))
          .as(one.as())
          .isEqualTo(one.expected().response());
    }
  }
}
