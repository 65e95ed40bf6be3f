package io.mooring.machine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.internalpb.Command;
import io.mooring.api.mvccpb.KeyValue;
import io.mooring.api.storage.EngineProvider;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.TableCursor;
import io.mooring.api.testing.Covers;
import io.mooring.error.EtcdError;
import io.mooring.error.KvError;
import io.mooring.machine.lease.Lease;
import io.mooring.machine.lease.LeaseRows;
import io.mooring.machine.mvcc.KeyValueCodec;
import io.mooring.machine.mvcc.RangeQuery;
import io.mooring.machine.mvcc.RangeResult;
import io.mooring.machine.mvcc.RangeScan;
import io.mooring.machine.mvcc.Transaction;
import io.mooring.machine.mvcc.TxnShape;
import io.mooring.machine.mvcc.Validation;
import io.mooring.read.LateReplies;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random commands against a map per revision: every answer, every event, every readable revision,
 * every lease row. More seeds with {@code -Dmodel.seeds=1000 -Dmodel.firstSeed=1}; a failure names
 * its seed.
 */
class MachineModelTest {

  private static final int COMMANDS = 250;

  static LongStream seeds() {
    long first = Long.getLong("model.firstSeed", 1);
    return LongStream.range(first, first + Long.getLong("model.seeds", 30));
  }

  /** Every engine there is; the disk engines, whose files cost time, with fewer seeds. */
  static Stream<Arguments> enginesAndSeeds() {
    return ServiceLoader.load(EngineProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .flatMap(
            engine ->
                seeds()
                    .filter(seed -> engine.name().equals("memory") || seed % 5 == 0)
                    .mapToObj(seed -> Arguments.of(engine.name(), seed, engine)));
  }

  @ParameterizedTest(name = "{0}, seed {1}")
  @MethodSource("enginesAndSeeds")
  @Covers({
    "S15", "P2", "P6", "P8", "P15", "P17", "P19", "M1", "M2", "M3", "M4", "M5", "M7", "M8", "M10",
    "L1", "L2", "L3", "B13"
  })
  void agreesWithAMapPerRevision(
      String name, long seed, EngineProvider engine, @TempDir Path directory) {
    try (MachineFixture fixture = new MachineFixture(directory, engine)) {
      new Run(fixture, name, seed).play();
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  @Covers("B9")
  void findsRepeatedKeysAsASlowSearchDoes(long seed) {
    RandomCommands commands = new RandomCommands(seed);
    int repeating = 0;
    for (int i = 0; i < 500; i++) {
      TxnRequest txn = commands.txn(0);
      EtcdError refusal = Validation.txn(txn, 128);
      if (refusal == null || refusal == KvError.DUPLICATE_KEY) {
        boolean expected =
            NaiveModel.repeats(txn.getSuccessList()) || NaiveModel.repeats(txn.getFailureList());
        assertThat(refusal == KvError.DUPLICATE_KEY)
            .as("seed %s: %s", seed, txn)
            .isEqualTo(expected);
        repeating += expected ? 1 : 0;
      }
    }
    assertThat(repeating).isPositive();
  }

  /** One seed's run. */
  private static final class Run {
    private final MachineFixture fixture;
    private final RandomCommands commands;
    private final SplittableRandom random;
    private final NaiveModel model = new NaiveModel();
    private final String name;
    private TreeMap<ByteString, KeyValue> told = new TreeMap<>(order());

    Run(MachineFixture fixture, String engine, long seed) {
      this.fixture = fixture;
      this.commands = new RandomCommands(seed);
      this.random = commands.random();
      this.name = engine + ", seed " + seed;
    }

    void play() {
      for (int i = 0; i < COMMANDS; i++) {
        commands.revision = model.revision();
        step(name + ", command " + i);
        if (random.nextInt(8) == 0) {
          fixture.commit();
          range(name + ", range after " + i);
          readOnlyTxn(name + ", read after " + i);
        }
        if (random.nextInt(40) == 0) {
          fixture.commit();
          while (fixture.engine.maintain()) {
            // Physical removal must not change what is readable.
          }
          checkAll(name + ", after " + i);
        }
        if (random.nextInt(60) == 0) {
          fixture.restart();
        }
      }
      fixture.commit();
      checkAll(name + ", end");
    }

    private void step(String as) {
      Command command = commands.command(fixture.term);
      EtcdError invalid =
          switch (command.getBodyCase()) {
            case PUT -> Validation.put(command.getPut());
            case DELETE_RANGE -> Validation.deleteRange(command.getDeleteRange());
            case TXN -> Validation.txn(command.getTxn(), 128);
            default -> null;
          };
      if (invalid != null) {
        return;
      }
      Outcome expected = model.apply(command);
      Outcome actual = fixture.applyLater(command);
      assertThat(actual).as("%s: %s", as, command).isEqualTo(expected);
      checkEvents(as);
    }

    /** What was told makes the old state the new one, with the values that were there before. */
    private void checkEvents(String as) {
      TreeMap<ByteString, KeyValue> before = told;
      TreeMap<ByteString, KeyValue> after = new TreeMap<>(told);
      long last = 0;
      for (RecordedEffects.KeyChange change : fixture.effects.takeKeyChanges()) {
        if (change.revision() != last) {
          before = new TreeMap<>(after);
          last = change.revision();
        }
        ByteString key = ByteString.copyFrom(change.key());
        KeyValue previous =
            change.previous() == null ? null : KeyValueCodec.parse(change.previous());
        if (change.payload() == null) {
          assertThat(after.remove(key)).as(as).isNotNull();
          assertThat(previous).as(as).isEqualTo(before.get(key));
        } else {
          KeyValue kv = KeyValueCodec.parse(change.payload());
          assertThat(kv.getModRevision()).as(as).isEqualTo(change.revision());
          boolean created = kv.getCreateRevision() == kv.getModRevision();
          assertThat(previous).as(as).isEqualTo(created ? null : before.get(key));
          after.put(key, kv);
        }
      }
      assertThat(after).as(as).isEqualTo(model.newest());
      told = after;
    }

    private void range(String as) {
      RangeRequest request = commands.range();
      View view = fixture.view();
      EtcdError refusal =
          RangeQuery.refuseRevision(request.getRevision(), view.revision(), view.compactRevision());
      EtcdError expected = null;
      if (request.getRevision() > model.revision()) {
        expected = KvError.FUTURE_REVISION;
      } else if (request.getRevision() > 0 && request.getRevision() < model.compactRevision) {
        expected = KvError.COMPACTED;
      }
      assertThat(refusal).as(as).isEqualTo(expected);
      if (refusal == null) {
        long at = request.getRevision() > 0 ? request.getRevision() : model.revision();
        assertThat(answer(request, at))
            .as("%s: %s", as, request)
            .isEqualTo(model.range(request, model.states.get((int) at)));
      }
    }

    private RangeResponse answer(RangeRequest request, long at) {
      RangeResponse.Builder response = RangeResponse.newBuilder();
      try (Snapshot snapshot = fixture.engine.snapshot();
          RangeScan scan =
              new RangeScan(
                  RangeQuery.of(request),
                  snapshot,
                  at,
                  encoded -> response.addKvs(KeyValueCodec.parse(encoded)))) {
        while (!scan.advance(1 + random.nextInt(4), 1 + random.nextInt(100))) {
          // Slices of any size give the same answer.
        }
        RangeResult result = scan.result();
        return response.setCount(result.count()).setMore(result.more()).build();
      }
    }

    private void readOnlyTxn(String as) {
      TxnRequest request = commands.txn(9);
      if (Validation.txn(request, 128) != null || !TxnShape.readOnly(request)) {
        return;
      }
      Outcome expected = model.apply(Command.newBuilder().setTxn(request).build());
      try (Snapshot snapshot = fixture.engine.snapshot()) {
        Transaction.Result actual =
            Transaction.read(request, snapshot, model.revision(), model.compactRevision);
        assertThat(actual.refusal()).as(as).isEqualTo(expected.refusal());
        if (actual.late() != null) {
          assertThat(LateReplies.complete(actual.late(), snapshot))
              .as(as)
              .isEqualTo(expected.response());
        }
      }
    }

    private void checkAll(String as) {
      assertThat(fixture.engine.state().revision()).as(as).isEqualTo(model.revision());
      RangeRequest all =
          RangeRequest.newBuilder()
              .setKey(ByteString.copyFrom(new byte[] {0}))
              .setRangeEnd(ByteString.copyFrom(new byte[] {0}))
              .build();
      for (long at = Math.max(1, model.compactRevision); at <= model.revision(); at++) {
        assertThat(answer(all, at).getKvsList())
            .as("%s, revision %s", as, at)
            .isEqualTo(List.copyOf(model.states.get((int) at).values()));
      }
      try (Snapshot snapshot = fixture.engine.snapshot()) {
        checkLeases(as, snapshot);
      }
    }

    private void checkLeases(String as, Snapshot snapshot) {
      TreeMap<Long, Long> inTable = new TreeMap<>();
      var cursor = fixture.view().leases().cursor();
      while (cursor.next()) {
        inTable.put(cursor.value().id(), cursor.value().ttlSeconds());
      }
      assertThat(inTable).as(as).isEqualTo(model.leases);
      TreeMap<Long, Long> inEngine = new TreeMap<>();
      try (TableCursor rows = snapshot.tableScan(Table.LEASE, new byte[0], null)) {
        while (rows.next()) {
          Lease lease = LeaseRows.lease(rows.key(), rows.value());
          inEngine.put(lease.id(), lease.ttlSeconds());
        }
      }
      assertThat(inEngine).as(as).isEqualTo(model.leases);
      TreeMap<Long, TreeSet<ByteString>> attached = new TreeMap<>();
      long rowCount = 0;
      for (long id : model.leases.keySet()) {
        for (byte[] key : LeaseRows.attachedKeys(snapshot, id)) {
          attached.computeIfAbsent(id, i -> new TreeSet<>(order())).add(ByteString.copyFrom(key));
          rowCount++;
        }
      }
      assertThat(attached).as(as).isEqualTo(model.attachments());
      try (TableCursor rows = snapshot.tableScan(Table.LEASE_KEY, new byte[0], null)) {
        while (rows.next()) {
          rowCount--;
        }
      }
      assertThat(rowCount).as("%s: attachments of unknown leases", as).isZero();
    }

    private static Comparator<ByteString> order() {
      return ByteString.unsignedLexicographicalComparator();
    }
  }
}
