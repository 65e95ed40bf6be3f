package io.mooring.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.WatchResponse;
import io.mooring.api.testing.Covers;
import io.mooring.machine.mvcc.KeyRange;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client hears, message by message. */
class WatchSessionTest {

  private static final long MINUTE_NS = 60_000_000_000L;

  @TempDir Path directory;
  private HubWorld world;

  @SuppressWarnings("NullAway.Init") // set by open(), on the loop
  private FakeWatchStream stream;

  @SuppressWarnings("NullAway.Init")
  private WatchSession session;

  @BeforeEach
  void open() {
    open(WatchLimits.of(1, 1 << 20, 10 * MINUTE_NS), Integer.MAX_VALUE);
  }

  private void open(WatchLimits limits, int capacity) {
    world = new HubWorld(5, directory, limits);
    onLoop(
        () -> {
          stream = new FakeWatchStream(capacity);
          session = world.hub.open(stream);
        });
  }

  private void onLoop(Runnable action) {
    world.client.execute(action);
    world.sim.runReady();
  }

  private List<WatchResponse> after(Runnable action) {
    onLoop(action);
    stream.take(Integer.MAX_VALUE);
    List<WatchResponse> all = List.copyOf(stream.taken());
    stream.taken().clear();
    return all;
  }

  private void write(int batches) {
    for (int i = 0; i < batches; i++) {
      world.apply.execute(() -> world.writeBatch(1, 4));
      world.sim.runReady();
    }
  }

  private static WatchSpec spec(long id, long start) {
    KeyRange all = KeyRange.of(ByteString.copyFrom(new byte[1]), ByteString.copyFrom(new byte[1]));
    return new WatchSpec(id, all, start, false, false, false, false, false);
  }

  private static WatchSpec range(String key, String end) {
    KeyRange range = KeyRange.of(ByteString.copyFromUtf8(key), ByteString.copyFromUtf8(end));
    return new WatchSpec(0, range, 0, false, false, false, false, false);
  }

  @Test
  void aHubWithoutStreamsSleepsAndWhoComesAfterwardsMissesNothing() {
    onLoop(() -> session.close());
    write(3);
    assertThat(world.hub.queuedBytes()).isZero();
    long[] before = new long[1];
    onLoop(
        () -> {
          before[0] = world.hub.currentRevision();
          stream = new FakeWatchStream(Integer.MAX_VALUE);
          session = world.hub.open(stream);
          assertThat(world.hub.revision()).isEqualTo(before[0]);
          session.create(spec(0, 0));
          session.create(spec(1, before[0]));
        });
    write(1);
    stream.take(Integer.MAX_VALUE);
    assertThat(revisions(0)).isNotEmpty().allMatch(revision -> revision > before[0]);
    assertThat(revisions(1)).contains(before[0]).containsAll(revisions(0));
  }

  private List<Long> revisions(long watchId) {
    return stream.taken().stream()
        .filter(response -> response.getWatchId() == watchId)
        .flatMap(response -> response.getEventsList().stream())
        .map(event -> event.getKv().getModRevision())
        .distinct()
        .toList();
  }

  private void refused(WatchSpec spec, String reason) {
    List<WatchResponse> replies = after(() -> session.create(spec));
    assertThat(replies).hasSize(1);
    WatchResponse reply = replies.get(0);
    assertThat(reply.getCreated()).isTrue();
    assertThat(reply.getCanceled()).isTrue();
    assertThat(reply.getWatchId()).isEqualTo(-1);
    assertThat(reply.getCompactRevision()).isZero();
    assertThat(reply.getHeader().getRevision()).isEqualTo(world.revision);
    assertThat(reply.getCancelReason()).isEqualTo(reason);
  }

  @Test
  @Covers({"P16", "B28", "B30", "B31"})
  void refusesWithEtcdsReasonsAndTheStreamLivesOn() {
    refused(spec(0, -1), "etcdserver: mvcc: required revision has been compacted");
    refused(range("b", "b"), "mvcc: watcher range is empty");
    refused(range("b", "a"), "mvcc: watcher range is empty");
    assertThat(after(() -> session.create(spec(7, 0)))).hasSize(1);
    refused(spec(7, 0), "mvcc: duplicate watch ID provided on the WatchStream");
    write(1);
    assertThat(after(() -> {}))
        .singleElement()
        .satisfies(reply -> assertThat(reply.getWatchId()).isEqualTo(7));
  }

  @Test
  void picksIdsFromZeroAndSkipsThoseInUse() {
    List<WatchResponse> replies =
        after(
            () -> {
              session.create(spec(1, 0));
              session.create(spec(0, 0));
              session.create(spec(0, 0));
              session.cancel(0);
              session.create(spec(0, 0));
            });
    assertThat(replies).extracting(WatchResponse::getWatchId).containsExactly(1L, 0L, 2L, 0L, 3L);
    assertThat(replies.get(3).getCanceled()).isTrue();
    assertThat(replies.get(3).getCancelReason()).isEmpty();
  }

  @Test
  @Covers({"B32", "W7"})
  void anUnknownIdGetsNoAnswer() {
    assertThat(after(() -> session.cancel(42))).isEmpty();
  }

  @Test
  @Covers({"B29", "W6"})
  void aStartBelowTheCompactRevisionIsCreatedAndThenCanceled() {
    write(10);
    world.compactNext = world.revision - 4;
    write(1);
    assertThat(world.compactRevision).isGreaterThan(2);
    List<WatchResponse> replies = after(() -> session.create(spec(9, world.compactRevision - 1)));
    assertThat(replies).hasSize(2);
    assertThat(replies.get(0).getCreated()).isTrue();
    assertThat(replies.get(0).getCanceled()).isFalse();
    WatchResponse cancel = replies.get(1);
    assertThat(cancel.getCanceled()).isTrue();
    assertThat(cancel.getWatchId()).isEqualTo(9);
    assertThat(cancel.getCompactRevision()).isEqualTo(world.compactRevision);
    assertThat(cancel.getHeader().getRevision()).isZero();
    assertThat(cancel.getCancelReason()).isEmpty();
    refused(spec(9, 0), "mvcc: duplicate watch ID provided on the WatchStream");
    assertThat(after(() -> session.create(spec(10, world.compactRevision)))).hasSizeGreaterThan(1);
  }

  @Test
  @Covers("B33")
  void boundsTheWatchersOfAStream() {
    for (int i = 0; i < world.hub.limits().maxWatchersPerStream(); i++) {
      onLoop(() -> session.create(spec(0, 0)));
    }
    stream.take(Integer.MAX_VALUE);
    stream.taken().clear();
    refused(spec(0, 0), "mvcc: too many watchers on the WatchStream");
  }

  @Test
  @Covers({"P14", "W4"})
  void progressIsToldOnlyWhenEverybodyKnowsAll() {
    assertThat(after(session::requestProgress)).as("no watchers").isEmpty();
    write(3);
    after(() -> session.create(spec(0, 0)));
    assertThat(after(session::requestProgress))
        .singleElement()
        .satisfies(
            reply -> {
              assertThat(reply.getWatchId()).isEqualTo(-1);
              assertThat(reply.getHeader().getRevision()).isEqualTo(world.revision);
              assertThat(reply.getEventsCount()).isZero();
            });
    after(() -> session.create(spec(0, world.revision + 5)));
    assertThat(after(session::requestProgress)).as("one is ahead").isEmpty();
  }

  @Test
  void idleWatchersThatAskedForItHearOfProgress() {
    KeyRange nothing = KeyRange.of(ByteString.copyFromUtf8("zzz"), ByteString.EMPTY);
    after(() -> session.create(new WatchSpec(3, nothing, 0, false, false, false, true, false)));
    write(2);
    world.sim.advance(11 * MINUTE_NS);
    assertThat(after(() -> {}))
        .singleElement()
        .satisfies(
            reply -> {
              assertThat(reply.getWatchId()).isEqualTo(3);
              assertThat(reply.getHeader().getRevision()).isEqualTo(world.revision);
            });
  }

  @Test
  @Covers("P12")
  void splitsOnlyForThoseWhoAskedToFragment() {
    open(
        new WatchLimits(
            10, 10, 300, MINUTE_NS, 100, 1 << 20, 0, 0, 10, 100, 1000, 1 << 20, 5000, 1),
        Integer.MAX_VALUE);
    write(30);
    long start = Math.max(1, world.compactRevision);
    KeyRange all = spec(0, 0).range();
    List<WatchResponse> whole = after(() -> session.create(spec(1, start)));
    List<WatchResponse> parts =
        after(() -> session.create(new WatchSpec(2, all, start, false, false, false, false, true)));
    assertThat(whole).hasSize(2);
    assertThat(whole.get(1).getSerializedSize()).isGreaterThan(300);
    assertThat(parts.size()).isGreaterThan(3);
    for (int i = 1; i < parts.size(); i++) {
      assertThat(parts.get(i).getFragment()).isEqualTo(i < parts.size() - 1);
      assertThat(parts.get(i).getSerializedSize()).isLessThan(300);
    }
    assertThat(parts.stream().flatMap(p -> p.getEventsList().stream()).toList())
        .isEqualTo(whole.get(1).getEventsList());
  }

  @Test
  @Covers({"O1", "O2", "W5"})
  void tenThousandWatchersOfOneKeyOnASlowStreamLoseNothing() {
    open(WatchLimits.of(1, 1 << 20, 10 * MINUTE_NS), 1024);
    int count = 10_000;
    for (int i = 0; i < count; i++) {
      onLoop(() -> session.create(spec(0, 0)));
      stream.take(1);
    }
    stream.taken().clear();
    write(5);
    assertThat(stream.mostQueued).as("nothing is buffered for a watcher").isLessThan(2048);
    Set<Long> served = new HashSet<>();
    long events = 0;
    while (stream.queuedCount() > 0) {
      if (stream.take(512)) {
        onLoop(session::drained);
      }
      for (WatchResponse response : stream.taken()) {
        served.add(response.getWatchId());
        events += response.getEventsCount();
      }
      stream.taken().clear();
      world.sim.advance(20_000_000);
    }
    assertThat(served).hasSize(count);
    assertThat(events).isEqualTo((long) count * world.history.size());
    assertThat(world.hub.syncedCount()).isEqualTo(count);
  }

  /** A progress interval is minutes long; a closed stream must not be kept for so long. */
  @Test
  void aClosedStreamLeavesNoTimer() {
    WatchSpec quiet = spec(0, 0);
    WatchSpec notified = new WatchSpec(0, quiet.range(), 0, false, false, false, true, false);
    onLoop(() -> session.create(notified));
    assertThat(world.sim.pendingTimers()).isOne();
    onLoop(session::close);
    assertThat(world.sim.pendingTimers()).isZero();
  }

  /** Writing to a connection that has gone closes the stream at once, in the middle of a crowd. */
  @Test
  void aStreamThatClosesAsItIsWrittenToLeavesNothingBehind() {
    WatchLimits one = WatchLimits.of(1, 1 << 20, 10 * MINUTE_NS);
    WatchLimits limits =
        new WatchLimits(
            one.maxWatchersPerStream(),
            one.maxWatchersPerHub(),
            one.fragmentBytes(),
            one.progressNotifyNs(),
            one.maxQueuedBatches(),
            one.maxQueuedBytes(),
            one.recentRevisions(),
            one.recentBytes(),
            1,
            one.deliveriesPerTurn(),
            one.sliceRevisions(),
            one.sliceBytes(),
            one.sliceRows(),
            one.maxSlicesInFlight());
    open(limits, Integer.MAX_VALUE);
    onLoop(
        () -> {
          session.create(spec(0, 0));
          session.create(spec(0, 0));
          session.create(spec(0, 0));
          stream.onWrite = session::close;
        });
    write(3);
    assertThat(world.hub.watcherCount()).isZero();
    assertThat(world.hub.syncedCount()).isZero();
    assertThat(world.hub.settled()).isTrue();
  }
}
