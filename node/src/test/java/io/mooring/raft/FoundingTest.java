package io.mooring.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.etcdserverpb.Member;
import io.mooring.api.internalpb.Command;
import io.mooring.api.internalpb.FoundCluster;
import io.mooring.api.testing.Covers;
import io.mooring.log.LogConfig;
import io.mooring.log.LogReader;
import io.mooring.log.SegmentLog;
import io.mooring.loop.Loop;
import io.mooring.machine.CommandCodec;
import io.mooring.raft.core.Append;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.HardState;
import io.mooring.raft.core.Persisted;
import io.mooring.sim.SimCrash;
import io.mooring.sim.SimFileStore;
import io.mooring.sim.SimScheduler;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FoundingTest {

  private static final Command FOUND =
      Command.newBuilder()
          .setFoundCluster(FoundCluster.newBuilder().addMembers(Member.newBuilder().setID(9)))
          .build();

  private final SimScheduler scheduler = new SimScheduler(1);
  private final Loop background = scheduler.loop("background");
  private final LogConfig config =
      new LogConfig(1, 9, 2_048, 1_024, new SplittableRandom(1)::nextLong);

  private SegmentLog open(SimFileStore store) throws IOException {
    return SegmentLog.exists(store)
        ? SegmentLog.open(store, config, background, 0)
        : SegmentLog.create(store, config, background);
  }

  private static List<Entry> entries(SegmentLog log) {
    List<Entry> all = new ArrayList<>();
    LogReader reader = log.reader(1);
    for (List<Entry> some = reader.next(1 << 20); !some.isEmpty(); some = reader.next(1 << 20)) {
      all.addAll(some);
    }
    return all;
  }

  @Test
  void theFirstEntryIsCommittedAndWrittenOnce() throws IOException {
    SimFileStore store = new SimFileStore(1);
    SegmentLog log = open(store);
    Founding.first(log, FOUND);
    Founding.first(log, FOUND);
    log.close(false);
    SegmentLog again = open(store);
    Founding.first(again, FOUND);
    assertThat(again.hardState()).isEqualTo(new HardState(1, 0));
    assertThat(again.commitIndex()).isEqualTo(1);
    assertThat(again.last()).isEqualTo(new EntryId(1, 1));
    Entry first = entries(again).get(0);
    assertThat(first.kind()).isEqualTo(Entry.Kind.COMMAND);
    assertThat(CommandCodec.decode(first.data())).isEqualTo(FOUND);
  }

  /** Founders' first entries must be the same entry, byte for byte. */
  @Test
  void foundersWriteEqualBytes() throws IOException {
    List<byte[]> bytes = new ArrayList<>();
    for (int seed = 1; seed <= 2; seed++) {
      SegmentLog log = open(new SimFileStore(seed));
      Founding.first(log, FOUND);
      bytes.add(entries(log).get(0).data());
    }
    assertThat(bytes.get(0)).isEqualTo(bytes.get(1));
  }

  @Test
  @Covers("F4")
  void aFirstStartThatDiesAnywhereBeginsAgain() throws IOException {
    for (long call = 1; ; call++) {
      SimFileStore store = new SimFileStore(call);
      store.crashAtCall = call;
      boolean died = false;
      try {
        SegmentLog log = open(store);
        Founding.first(log, FOUND);
        log.close(false);
      } catch (SimCrash e) {
        died = true;
      }
      SegmentLog log = open(store.crash());
      Founding.first(log, FOUND);
      assertThat(log.last()).as("call %d", call).isEqualTo(new EntryId(1, 1));
      assertThat(log.commitIndex()).isEqualTo(1);
      if (!died) {
        assertThat(call).isGreaterThan(3);
        return;
      }
    }
  }

  /** What this member holds and was not told to be committed may have been acknowledged. */
  @Test
  void byForceEverythingThatTheLogHoldsIsCommitted() throws IOException {
    SimFileStore store = new SimFileStore(1);
    SegmentLog log = open(store);
    Founding.first(log, FOUND);
    HardState voted = new HardState(7, 3);
    Entry uncommitted = new Entry(2, 6, Entry.Kind.COMMAND, new byte[100]);
    log.append(
        new Append(voted, List.of(uncommitted), 1, new Persisted(voted, EntryId.of(uncommitted))));
    Command forced =
        FOUND.toBuilder()
            .setFoundCluster(FOUND.getFoundCluster().toBuilder().setForce(true))
            .build();
    Founding.force(log, 9, forced);
    log.close(false);
    SegmentLog again = open(store);
    assertThat(again.hardState()).isEqualTo(new HardState(8, 9));
    assertThat(again.last()).isEqualTo(new EntryId(3, 8));
    assertThat(again.commitIndex()).isEqualTo(3);
    assertThat(CommandCodec.decode(entries(again).get(2).data())).isEqualTo(forced);
  }
}
