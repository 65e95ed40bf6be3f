package io.mooring.apply;

import static io.mooring.apply.ApplyFixture.compact;
import static io.mooring.apply.ApplyFixture.delete;
import static io.mooring.apply.ApplyFixture.grant;
import static io.mooring.apply.ApplyFixture.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.etcdserverpb.Member;
import io.mooring.api.internalpb.AddMember;
import io.mooring.api.internalpb.CheckState;
import io.mooring.api.internalpb.Command;
import io.mooring.api.internalpb.FoundCluster;
import io.mooring.api.internalpb.PromoteMember;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.testing.Covers;
import io.mooring.base.Check;
import io.mooring.error.EtcdException;
import io.mooring.error.KvError;
import io.mooring.error.ServerError;
import io.mooring.loop.Reply;
import io.mooring.machine.Outcome;
import io.mooring.machine.View;
import io.mooring.machine.hash.Mark;
import io.mooring.machine.hash.StateHash;
import io.mooring.machine.mvcc.KeyValueCodec;
import io.mooring.raft.core.ConfigChange;
import io.mooring.raft.core.Entry;
import io.vertx.core.Future;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApplyDriverTest {

  @TempDir Path directory;
  private ApplyFixture fixture;

  @BeforeEach
  void open() {
    fixture = new ApplyFixture(directory);
  }

  @Test
  @Covers({"P3", "M11"})
  void aReplyFindsItsWriteInTheViewAndTheEngine() {
    List<String> seen = new ArrayList<>();
    fixture
        .add(put("a", "1"))
        .onSuccess(
            outcome -> {
              View view = fixture.driver.view();
              seen.add("reply " + outcome.revision() + ", view " + view.revision());
              seen.add("applied " + fixture.applied.get(0).appliedIndex());
              try (var snapshot = view.engine().snapshot()) {
                seen.add("engine " + snapshot.state().revision());
              }
            });
    fixture.run();
    assertThat(seen).containsExactly("reply 2, view 2", "applied 1", "engine 2");
  }

  private void config(Command command) {
    // What consensus makes of it is not the machine's affair.
    ConfigChange.Step step = new ConfigChange.Step(ConfigChange.Kind.ADD_LEARNER, 3);
    ConfigChange change = new ConfigChange(List.of(step), ApplyFixture.bytes(command));
    fixture.add(Entry.Kind.CONFIG, change.encode(), null);
  }

  private static Command founding(long... ids) {
    FoundCluster.Builder found = FoundCluster.newBuilder();
    for (long id : ids) {
      found.addMembers(Member.newBuilder().setID(id).addPeerURLs("u" + id));
    }
    return Command.newBuilder().setFoundCluster(found).build();
  }

  private static Command adding(long id, String url) {
    AddMember add =
        AddMember.newBuilder()
            .setId(id)
            .addPeerUrls(url)
            .setLearner(true)
            .setMaxLearners(9)
            .build();
    return Command.newBuilder().setAddMember(add).build();
  }

  /** Consensus hears of each change at its own index, in order, and who takes part from then on. */
  @Test
  @Covers("R21")
  void configurationChangesAreToldWithTheirFateBeforeTheView() {
    fixture.add(founding(1, 2));
    config(adding(3, "u3"));
    config(adding(4, "u3"));
    fixture.add(put("a", "1"));
    config(Command.newBuilder().setPromoteMember(PromoteMember.newBuilder().setId(3)).build());
    fixture.run();
    assertThat(fixture.configured)
        .containsExactly("2 true [1, 2] [3]", "3 false [1, 2] [3]", "5 true [1, 2, 3] []");
    assertThat(fixture.driver.view().membership().voters()).containsExactly(1L, 2L, 3L);
    fixture.add(put("a", "2"));
    fixture.run();
    assertThat(fixture.configured).hasSize(3);
    View restored = fixture.newDriver().view();
    assertThat(restored.membership()).isEqualTo(fixture.driver.view().membership());
  }

  /** A member whose state differs ends at the comparison, and nothing after it is applied. */
  @Test
  @Covers({"P24", "P25"})
  void aMemberThatDivergedStopsServing() {
    for (int i = 0; i < StateHash.MARK_ENTRIES; i++) {
      fixture.add(put("a", "1"));
    }
    fixture.run();
    Mark mark = fixture.driver.view().mark();
    CheckState.Builder check =
        CheckState.newBuilder().setMember(0x77).setConstruction(StateHash.CONSTRUCTION);
    check.setIndex(mark.index()).setHash(mark.hash());
    Future<Outcome> equal = fixture.add(Command.newBuilder().setCheckState(check).build());
    fixture.run();
    assertThat(equal.succeeded()).isTrue();
    assertThat(fixture.fatals).isEmpty();
    check.setHash(~mark.hash());
    fixture.add(Command.newBuilder().setCheckState(check).build());
    Future<Outcome> after = fixture.add(put("b", "1"));
    fixture.run();
    assertThat(fixture.fatals).hasSize(1);
    assertThat(fixture.fatals.get(0)).contains("state diverged: at index 1024", "leader 77");
    assertThat(after.isComplete()).isFalse();
    assertThat(fixture.driver.view().appliedIndex()).isEqualTo(mark.index() + 1);
  }

  @Test
  void whatHasArrivedBecomesOneCommit() {
    RecordingSink sink = new RecordingSink();
    fixture.driver.addEventSink(sink);
    fixture.add(put("a", "1"));
    fixture.send();
    fixture.add(put("b", "1"));
    fixture.add(delete("missing"));
    fixture.send();
    fixture.add(put("c", "1"));
    fixture.run();
    assertThat(fixture.applied).hasSize(1);
    assertThat(sink.batches).hasSize(1);
    EventBatch batch = sink.batches.get(0);
    assertThat(batch.fromRevision()).isEqualTo(1);
    assertThat(batch.view().revision()).isEqualTo(4);
    assertThat(batch.revisions()).extracting(RevisionEvents::revision).containsExactly(2L, 3L, 4L);
  }

  @Test
  void aCommitIsBounded() {
    RecordingSink sink = new RecordingSink();
    fixture.driver.addEventSink(sink);
    for (int i = 0; i < ApplyDriver.MAX_COMMIT_ENTRIES + 1; i++) {
      fixture.add(put("a", "1"));
    }
    fixture.run();
    assertThat(sink.batches).hasSize(2);
    assertThat(sink.batches.get(1).fromRevision()).isEqualTo(sink.batches.get(0).view().revision());
    fixture.add(put("a", "x".repeat((int) ApplyDriver.MAX_COMMIT_BYTES)));
    fixture.add(put("b", "1"));
    fixture.run();
    assertThat(sink.batches).hasSize(4);
  }

  @Test
  @Covers("R26")
  void entriesAreAppliedOnceAndInStep() {
    fixture.add(Entry.Kind.EMPTY, new byte[0], null);
    Future<Outcome> first = fixture.add(put("a", "1"));
    fixture.run();
    assertThat(first.result().revision()).isEqualTo(2);
    assertThat(fixture.driver.view().appliedIndex()).isEqualTo(2);

    // A replay begins behind the engine: what it holds is passed over.
    fixture.driver = fixture.newDriver();
    fixture.nextIndex(1);
    fixture.add(Entry.Kind.EMPTY, new byte[0], null);
    fixture.add(Entry.Kind.COMMAND, ApplyFixture.bytes(put("a", "1")), null);
    Future<Outcome> second = fixture.add(put("a", "2"));
    fixture.run();
    assertThat(second.result().revision()).isEqualTo(3);

    fixture.nextIndex(5);
    Future<Outcome> gap = fixture.add(put("a", "3"));
    fixture.run();
    assertThat(fixture.fatals).singleElement().asString().contains("R26");
    assertThat(gap.isComplete()).isFalse();
    assertThat(fixture.engine.state().revision()).isEqualTo(3);
  }

  @Test
  @Covers({"R26", "P7"})
  void aRefusedEntryMovesTheAppliedIndex() {
    Future<Outcome> refused = fixture.add(compact(99));
    fixture.run();
    assertThat(refused.result().refusal()).isEqualTo(KvError.FUTURE_REVISION);
    assertThat(fixture.engine.state().appliedIndex()).isEqualTo(1);
    assertThat(fixture.engine.state().revision()).isEqualTo(1);
  }

  @Test
  @Covers({"R29", "P24"})
  void nothingIsAnsweredAfterAFault() {
    Future<Outcome> good = fixture.add(put("a", "1"));
    Reply<Outcome> bad = Reply.on(fixture.client);
    fixture.add(Entry.Kind.COMMAND, new byte[] {1, 2, 3}, bad);
    fixture.run();
    assertThat(fixture.fatals).hasSize(1);
    // Both were in one commit, which never happened.
    assertThat(good.isComplete()).isFalse();
    assertThat(bad.promise().future().isComplete()).isFalse();
    assertThat(fixture.driver.view().revision()).isEqualTo(1);

    Future<Outcome> later = fixture.add(put("a", "1"));
    fixture.run();
    assertThat(later.isComplete()).isFalse();
    assertThat(fixture.fatals).hasSize(1);
  }

  @Test
  @Covers({"R29", "P24"})
  void anEngineThatFailsEndsTheMember() {
    fixture.engine.close();
    Future<Outcome> write = fixture.add(put("a", "1"));
    fixture.run();
    assertThat(fixture.fatals).hasSize(1);
    assertThat(write.isComplete()).isFalse();
  }

  @Test
  @Covers("P15")
  void eventsCarryPreviousValuesOnlyWhileSomebodyWantsThem() {
    RecordingSink sink = new RecordingSink();
    fixture.driver.addEventSink(sink);
    fixture.add(put("a", "1"));
    fixture.add(put("a", "2"));
    fixture.run();
    sink.wantsPrevKv = true;
    fixture.add(put("a", "3"));
    fixture.add(delete("a"));
    fixture.run();
    List<ChangeEvent> events = new ArrayList<>();
    sink.batches.forEach(b -> b.revisions().forEach(r -> events.addAll(r.events())));
    assertThat(events)
        .extracting(ChangeEvent::prevKvKnown)
        .containsExactly(true, false, true, true);
    assertThat(events).extracting(ChangeEvent::delete).containsExactly(false, false, false, true);
    assertThat(
            KeyValueCodec.parse(Check.present(events.get(2).prevKv(), "prevKv"))
                .getValue()
                .toStringUtf8())
        .isEqualTo("2");
    assertThat(
            KeyValueCodec.parse(Check.present(events.get(3).prevKv(), "prevKv"))
                .getValue()
                .toStringUtf8())
        .isEqualTo("3");
  }

  @Test
  void leaseChangesReachTheirKeepersWithTheirView() {
    List<String> seen = new ArrayList<>();
    fixture.driver.addLeaseSink(
        (delta, view) -> seen.add(delta.changes() + " of " + view.leases().size()));
    fixture.add(grant(7, 60));
    fixture.add(put("a", "1"));
    fixture.run();
    fixture.add(put("b", "1"));
    fixture.run();
    assertThat(seen).containsExactly("[Change[kind=GRANTED, leaseId=7, ttlSeconds=60]] of 1");
  }

  @Test
  void consensusShowsALeaseBeforeItsKeeperHearsOfIt() {
    List<Boolean> shown = new ArrayList<>();
    fixture.driver.addLeaseSink(
        (delta, view) -> shown.add(!fixture.applied.isEmpty() && fixture.applied.contains(view)));
    fixture.add(grant(7, 60));
    fixture.run();
    assertThat(shown).containsExactly(true);
  }

  @Test
  @Covers({"P8", "M6"})
  void aPhysicalCompactionAnswersWhenWhatIsBelowIsGone() {
    for (int i = 0; i < 5; i++) {
      fixture.add(put("a", "" + i));
    }
    fixture.run();
    PinRegistry.Pin pin = fixture.pins.pin(2, "test", Long.MAX_VALUE);
    Future<Outcome> compaction = fixture.add(compact(4));
    Future<Outcome> late = fixture.add(compact(3));
    Future<Outcome> future = fixture.add(compact(99));
    fixture.run();
    fixture.scheduler.advance(1_000_000_000);
    // Refused reads at once, but nothing removed under the pin.
    assertThat(fixture.driver.view().compactRevision()).isEqualTo(4);
    assertThat(future.result().refusal()).isEqualTo(KvError.FUTURE_REVISION);
    assertThat(compaction.isComplete()).isFalse();
    assertThat(late.isComplete()).isFalse();
    pin.close();
    fixture.add(put("b", "1"));
    fixture.run();
    fixture.scheduler.advance(1_000_000_000);
    assertThat(compaction.result().refusal()).isNull();
    assertThat(late.result().refusal()).isEqualTo(KvError.COMPACTED);
    assertThat(fixture.fatals).isEmpty();
  }

  @Test
  void whatWasWrittenBehindIsLetGoOfWithoutAnotherCommit() {
    AtomicInteger asked = new AtomicInteger();
    Class<?>[] engine = {MvccEngine.class};
    Object counting =
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            engine,
            (self, method, arguments) -> {
              asked.addAndGet(method.getName().equals("maintain") ? 1 : 0);
              return method.invoke(fixture.engine, arguments);
            });
    ApplyDriver driver = fixture.newDriver((MvccEngine) counting);
    fixture.scheduler.advance(1_000_000_000);
    assertThat(asked).hasValue(0);
    driver.wrote();
    fixture.scheduler.advance(1_000_000_000);
    assertThat(asked).hasPositiveValue();
  }

  @Test
  void stopFinishesWhatHasArrivedAndClosesTheEngine() {
    fixture.add(put("a", "1"));
    fixture.add(put("a", "2"));
    fixture.run();
    fixture.pins.pin(2, "test", Long.MAX_VALUE);
    Future<Outcome> waiting = fixture.add(compact(3));
    Future<Outcome> last = fixture.add(put("a", "3"));
    fixture.send();
    Future<Long> stopped = fixture.driver.stop(fixture.client);
    fixture.scheduler.runReady();
    assertThat(last.result().revision()).isEqualTo(4);
    assertThat(((EtcdException) waiting.cause()).error()).isEqualTo(ServerError.STOPPED);
    assertThat(stopped.succeeded()).isTrue();
    assertThat(stopped.result()).isEqualTo(fixture.engine.durableIndex());
    assertThat(fixture.fatals).isEmpty();
    Future<Outcome> after = fixture.add(put("a", "4"));
    fixture.run();
    assertThat(after.isComplete()).isFalse();
    assertThat(fixture.fatals).isEmpty();
  }

  /** A hub that keeps what it gets. */
  private static final class RecordingSink implements EventSink {
    final List<EventBatch> batches = new ArrayList<>();
    boolean wantsPrevKv;

    @Override
    public boolean offer(EventBatch batch) {
      return batches.add(batch);
    }

    @Override
    public boolean wantsPrevKv() {
      return wantsPrevKv;
    }
  }
}
