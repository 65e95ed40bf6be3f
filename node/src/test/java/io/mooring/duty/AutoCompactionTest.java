package io.mooring.duty;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.internalpb.Command;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Automatic compaction by the clock of the simulator, over a real machine. */
class AutoCompactionTest {

  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);
  private static final long HOUR = TimeUnit.HOURS.toNanos(1);

  @TempDir Path directory;

  @SuppressWarnings("NullAway.Init") // set before each
  private LeaseWorld world;

  @SuppressWarnings("NullAway.Init")
  private LeaseWorld.Member member;

  @BeforeEach
  void lead() {
    world = new LeaseWorld(3, directory);
    member = world.member(LeaseWorld.timing());
    world.lead(1);
    world.sim.runReady();
  }

  private AutoCompaction periodic(long retentionNs) {
    AutoCompaction duty = AutoCompaction.periodic(member.duty, member, member.id, retentionNs);
    duty.start();
    return duty;
  }

  private void byRevision(long revisions) {
    AutoCompaction.byRevision(member.duty, member, member.id, revisions).start();
  }

  private void put() {
    PutRequest put = PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("k")).build();
    member.propose(world.client, Command.newBuilder().setPut(put).build(), Long.MAX_VALUE);
  }

  /** Lets time pass with one put right behind each look at the clock: n minutes, n revisions. */
  private void writeFor(int count, long eachNs) {
    for (int i = 0; i < count; i++) {
      world.sim.advance(eachNs / 2);
      put();
      world.sim.advance(eachNs / 2);
    }
  }

  private List<Long> compactedTo() {
    return world.proposals.stream()
        .filter(Command::hasCompaction)
        .map(command -> command.getCompaction().getRevision())
        .toList();
  }

  @Test
  void periodicFirstWaitsOneRetentionAndThenKeepsOne() {
    periodic(10 * MINUTE);
    writeFor(9, MINUTE);
    world.sim.advance(MINUTE / 2);
    assertThat(compactedTo()).isEmpty();
    put();
    world.sim.advance(MINUTE / 2 + MINUTE / 10);
    // Revision 1 + n is of minute n: the first time the store as it was at the start.
    assertThat(compactedTo()).containsExactly(1L);
    writeFor(20, MINUTE);
    // Looked at after 20 and 30 minutes; as etcd does, one sample more than the retention is kept.
    assertThat(compactedTo()).containsExactly(1L, 10L, 20L);
    assertThat(world.view().compactRevision()).isEqualTo(20);
  }

  @Test
  void aLongRetentionIsLookedAfterEveryHour() {
    periodic(5 * HOUR);
    writeFor(49, 6 * MINUTE);
    assertThat(compactedTo()).isEmpty();
    writeFor(2, 6 * MINUTE);
    assertThat(compactedTo()).containsExactly(1L);
    writeFor(10, 6 * MINUTE);
    assertThat(compactedTo()).hasSize(2);
    writeFor(20, 6 * MINUTE);
    // A sample every 6 minutes, 51 of them kept: what is 5 hours back stays readable.
    assertThat(compactedTo()).containsExactly(1L, 10L, 20L, 30L);
  }

  @Test
  void aStoreThatRestsIsNotCompactedTwice() {
    put();
    world.sim.advance(MINUTE);
    periodic(10 * MINUTE);
    world.sim.advance(5 * HOUR);
    assertThat(compactedTo()).containsExactly(2L);
  }

  @Test
  void onlyTheLeaderCompacts() {
    world.lead(2);
    periodic(10 * MINUTE);
    byRevision(1);
    writeFor(60, MINUTE);
    assertThat(compactedTo()).isEmpty();
    world.lead(1);
    writeFor(5, MINUTE);
    // What it sampled while another led counts; the other mode comes by within five minutes.
    assertThat(compactedTo()).contains(51L).hasSize(2);
  }

  @Test
  void whatFailsIsTriedAgainAtTheNextLook() {
    periodic(10 * MINUTE);
    writeFor(9, MINUTE);
    world.troublePercent = 100;
    world.sim.advance(6 * MINUTE);
    int tries = compactedTo().size();
    assertThat(tries).isGreaterThan(2);
    assertThat(world.view().compactRevision()).isLessThan(1);
    world.troublePercent = 0;
    world.sim.advance(2 * MINUTE);
    assertThat(compactedTo()).hasSizeGreaterThan(tries);
    assertThat(world.view().compactRevision()).isPositive();
  }

  @Test
  void byRevisionKeepsANumberOfThem() {
    byRevision(100);
    for (int i = 0; i < 99; i++) {
      put();
    }
    world.sim.advance(6 * MINUTE);
    assertThat(compactedTo()).isEmpty(); // revision 100, and 100 are kept
    for (int i = 0; i < 50; i++) {
      put();
    }
    world.sim.advance(5 * MINUTE);
    assertThat(compactedTo()).containsExactly(50L);
    world.sim.advance(HOUR);
    assertThat(compactedTo()).containsExactly(50L);
    put();
    world.sim.advance(5 * MINUTE);
    assertThat(compactedTo()).containsExactly(50L, 51L);
    assertThat(world.view().compactRevision()).isEqualTo(51);
  }

  @Test
  void whatClientsHaveCompactedFurtherIsNoFault() {
    byRevision(10);
    for (int i = 0; i < 30; i++) {
      put();
    }
    world.sim.advance(MINUTE);
    member.propose(
        world.client,
        Command.newBuilder()
            .setCompaction(
                io.mooring.api.etcdserverpb.CompactionRequest.newBuilder().setRevision(30))
            .build(),
        Long.MAX_VALUE);
    world.sim.advance(HOUR);
    assertThat(compactedTo()).containsExactly(30L, 21L); // refused once, and not asked again
    assertThat(world.view().compactRevision()).isEqualTo(30);
  }

  @Test
  void stoppedItEnds() {
    AutoCompaction duty = periodic(10 * MINUTE);
    writeFor(8, MINUTE);
    duty.stop();
    writeFor(30, MINUTE);
    assertThat(compactedTo()).isEmpty();
  }
}
