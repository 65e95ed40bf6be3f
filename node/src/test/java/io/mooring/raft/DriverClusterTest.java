package io.mooring.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.testing.Covers;
import io.mooring.base.Check;
import io.mooring.machine.Outcome;
import io.mooring.machine.View;
import io.mooring.raft.core.Configuration;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.Message;
import io.mooring.sim.SimScheduler;
import io.mooring.sim.SimScheduler.SimLoop;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Three members with their real drivers and logs, on simulated loops, disks and a network that
 * loses, delays and parts them; their processes are killed. First anything may happen, then all is
 * well again and everybody must agree.
 */
class DriverClusterTest {

  private static final long MILLISECOND = 1_000_000;
  private static final int SEEDS = Integer.getInteger("sim.seeds", 12);
  private static final long FIRST_SEED = Long.getLong("sim.seed", 1);

  private SplittableRandom random = new SplittableRandom();
  private SimScheduler scheduler = new SimScheduler(0);
  private SimLoop network = scheduler.loop("network");
  private SimLoop client = scheduler.loop("client");
  private final List<DriverMember> members = new ArrayList<>();
  private final Set<Long> cut = new HashSet<>();

  /** Transfers under way: their senders hear of the end of each, whatever becomes of it. */
  private final Set<Message> running = new HashSet<>();

  private int installed;
  private int canceled;
  private int acknowledgedInAll;
  private boolean lossy;
  private int written;
  private long highestAcknowledged;
  private final List<String> acknowledged = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();

  @Test
  @Covers({"P1", "P2", "P3", "R8", "R24", "R25", "R26", "F5", "F11", "F12"})
  void whatWasAcknowledgedIsThereOnceOnEveryMember() {
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      try {
        run(seed);
      } catch (Throwable failed) {
        throw new AssertionError("-Dsim.seed=" + seed + " -Dsim.seeds=1", failed);
      }
    }
    // Members of a single seed may be down nearly all the time.
    assertThat(acknowledgedInAll).as("something was acknowledged").isGreaterThan(50 * SEEDS);
    assertThat(installed).as("transfer snapshots installed").isGreaterThan(2 * SEEDS);
    assertThat(canceled).as("leaders stepped down with transfers under way").isPositive();
  }

  private void run(long seed) {
    random = new SplittableRandom(seed);
    scheduler = new SimScheduler(random.nextLong());
    network = scheduler.loop("network");
    client = scheduler.loop("client");
    members.clear();
    cut.clear();
    running.clear();
    acknowledged.clear();
    faults.clear();
    highestAcknowledged = 0;
    written = 0;
    Configuration all = Configuration.of(1, 2, 3);
    for (long id = 1; id <= 3; id++) {
      members.add(new DriverMember(scheduler, random.nextLong(), id, all, this::send, this::carry));
    }
    members.forEach(member -> member.damaged = 5);
    members.forEach(member -> member.start(client));
    lossy = true;
    for (int step = 0; step < 300; step++) {
      disturb();
      load();
      scheduler.advance(random.nextLong(200 * MILLISECOND));
      assertThat(faults).isEmpty();
      for (DriverMember member : members) {
        assertThat(member.fatal).isEmpty();
      }
    }
    heal();
    judge();
  }

  private void disturb() {
    DriverMember one = members.get(random.nextInt(3));
    switch (random.nextInt(20)) {
      case 0 -> {
        if (one.driver() != null) {
          one.crash(random.nextBoolean());
        }
      }
      case 1, 2 -> {
        if (one.driver() == null) {
          one.start(client);
        }
      }
      case 3 -> cut.add(one.id);
      case 4, 5 -> cut.clear();
      default -> {}
    }
  }

  private void load() {
    for (int i = random.nextInt(4); i > 0; i--) {
      RaftDriver driver = members.get(random.nextInt(3)).driver();
      if (driver == null) {
        continue;
      }
      String value = "v" + written++;
      Future<Outcome> put = driver.propose(client, MemberHarness.command(value), Long.MAX_VALUE);
      put.onSuccess(
          outcome -> {
            acknowledged.add(value);
            highestAcknowledged = Math.max(highestAcknowledged, outcome.revision());
          });
      long before = highestAcknowledged;
      Future<View> read = driver.linearizable(client, Long.MAX_VALUE);
      read.onSuccess(
          view -> {
            if (view.appliedIndex() < before) {
              faults.add("P3 read at " + view.appliedIndex() + ", acknowledged " + before);
            }
          });
    }
  }

  private void heal() {
    lossy = false;
    cut.clear();
    for (DriverMember member : members) {
      if (member.driver() == null) {
        member.start(client);
      }
    }
    scheduler.advance(10_000 * MILLISECOND);
    Future<Outcome> last =
        Check.present(members.get(0).driver(), "member is down")
            .propose(client, MemberHarness.command("last"), Long.MAX_VALUE);
    scheduler.advance(3_000 * MILLISECOND);
    assertThat(last.succeeded()).as("a write after everything is well: %s", statuses()).isTrue();
    acknowledged.add("last");
  }

  private void judge() {
    List<String> first = values(members.get(0));
    assertThat(first).doesNotHaveDuplicates().containsAll(acknowledged);
    acknowledgedInAll += acknowledged.size();
    for (DriverMember member : members) {
      assertThat(member.fatal).isEmpty();
      assertThat(values(member)).isEqualTo(first);
      installed += member.installed;
      canceled += member.canceled;
      RaftStatus status = Check.present(member.driver(), "member is down").status();
      assertThat(member.sendingTerm)
          .as("whoever does not lead sends nothing")
          .isIn(0L, status.leaderId() == member.id ? status.term() : 0L);
    }
  }

  private List<RaftStatus> statuses() {
    return members.stream()
        .map(member -> Check.present(member.driver(), "member is down").status())
        .toList();
  }

  private static List<String> values(DriverMember member) {
    List<String> values = new ArrayList<>();
    for (Entry entry : member.applied()) {
      if (entry.kind() == Entry.Kind.COMMAND) {
        values.add(MemberHarness.value(entry));
      }
    }
    return values;
  }

  private void send(List<Message> messages) {
    for (Message message : messages) {
      boolean lost = lossy && random.nextInt(20) == 0;
      if (lost || cut.contains(message.from()) || cut.contains(message.to())) {
        continue;
      }
      long delay = lossy ? random.nextLong(20 * MILLISECOND) : MILLISECOND;
      network.timer(delay, () -> arrive(message));
    }
  }

  /** A transfer takes a while, and may break at any moment; its sender hears of the end. */
  private void carry(DriverMember.Sent sent) {
    running.add(sent.message());
    boolean breaks = lossy && random.nextInt(4) == 0;
    network.timer(
        random.nextLong(1_000 * MILLISECOND),
        () -> {
          DriverMember to = members.get((int) sent.message().to() - 1);
          boolean parted = cut.contains(to.id) || cut.contains(sent.message().from());
          if (breaks || parted || to.driver() == null) {
            ended(sent.message());
            return;
          }
          to.receive(network, sent).onComplete(installed -> ended(sent.message()));
          // A receiver that dies is noticed.
          network.timer(5_000 * MILLISECOND, () -> ended(sent.message()));
        });
  }

  private void ended(Message sent) {
    RaftDriver from = members.get((int) sent.from() - 1).driver();
    if (running.remove(sent) && from != null) {
      from.transferEnded(sent.to());
    }
  }

  private void arrive(Message message) {
    RaftDriver driver = members.get((int) message.to() - 1).driver();
    if (driver != null && !cut.contains(message.to())) {
      assertThat(driver.received(List.of(message), message.sizeBytes())).isTrue();
    }
  }
}
