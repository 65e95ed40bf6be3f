package io.mooring.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeStreamResponse;
import io.mooring.api.mvccpb.KeyValue;
import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.Revision;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.VersionCursor;
import io.mooring.api.storage.WriteBatch;
import io.mooring.error.EtcdException;
import io.mooring.error.KvError;
import io.mooring.machine.View;
import io.mooring.machine.mvcc.RangeQuery;
import io.mooring.sim.SimScheduler;
import io.mooring.storage.memory.MemoryEngineProvider;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stream goes on under compaction for as long as its pin holds, and not longer. */
class StreamedRangeTest {

  private static final int KEYS = 100;
  private static final RangeQuery ALL =
      RangeQuery.of(
          RangeRequest.newBuilder()
              .setKey(ByteString.copyFromUtf8("k"))
              .setRangeEnd(ByteString.copyFromUtf8("l"))
              .build());

  private final SimScheduler scheduler = new SimScheduler(1);
  private final PinRegistry pins = new PinRegistry();
  private final ReplyBudget budget = new ReplyBudget(1 << 20);
  private MvccEngine engine;
  private long appliedIndex;

  @BeforeEach
  void fill(@TempDir Path directory) {
    engine =
        new MemoryEngineProvider()
            .open(EngineConfig.of(directory, StreamedRangeTest::failed, pins));
    write(2, "old", -1);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private static void failed(EngineException cause) {
    throw new AssertionError(cause);
  }

  /** Puts every key at one revision. */
  private void write(long revision, String value, long compactRevision) {
    WriteBatch batch = engine.begin();
    for (int i = 0; i < KEYS; i++) {
      ByteString key = ByteString.copyFromUtf8(String.format("k%03d", i));
      KeyValue kv =
          KeyValue.newBuilder()
              .setKey(key)
              .setValue(ByteString.copyFromUtf8(value))
              .setCreateRevision(2)
              .setModRevision(revision)
              .setVersion(revision - 1)
              .build();
      batch.put(new Revision(revision, i), key.toByteArray(), 2, revision - 1, 0, kv.toByteArray());
    }
    batch.commit(++appliedIndex, 1, revision, compactRevision);
    while (engine.maintain()) {
      // what compaction has freed goes at once
    }
  }

  private StreamedRange stream() {
    return stream(View.of(engine), 1 << 20);
  }

  private StreamedRange stream(View view, int chunkBytes) {
    RangeReader reader =
        new RangeReader(
            scheduler.loop("client"),
            new Readers(1, 1),
            budget,
            new HeaderWriter(1, 2),
            () -> 1,
            () -> view,
            pins);
    return reader.stream(ALL, 0, view, chunkBytes).result();
  }

  private List<KeyValue> rest(StreamedRange range, long nowNs, LongPredicate goOn)
      throws Exception {
    List<KeyValue> all = new ArrayList<>();
    boolean last = false;
    while (!last && goOn.test(all.size())) {
      StreamedRange.Chunk chunk = range.next(nowNs);
      all.addAll(
          RangeStreamResponse.parseFrom(chunk.bytes().toByteArray())
              .getRangeResponse()
              .getKvsList());
      chunk.release().run();
      last = chunk.last();
    }
    return all;
  }

  @Test
  void compactionUnderAStreamChangesNothing() throws Exception {
    try (StreamedRange range = stream()) {
      List<KeyValue> all = new ArrayList<>(rest(range, scheduler.nowNs(), read -> read == 0));
      write(3, "new", 3);
      all.addAll(rest(range, scheduler.nowNs(), read -> true));
      assertThat(all).hasSize(KEYS);
      assertThat(all).allMatch(kv -> kv.getValue().toStringUtf8().equals("old"));
      assertThat(engine.reclaimedRevision()).isLessThanOrEqualTo(2);
    }
    while (engine.maintain()) {
      // nothing is held any more
    }
    assertThat(engine.reclaimedRevision()).isEqualTo(3);
    assertThat(pins.count()).isZero();
    assertThat(budget.inFlight()).isZero();
  }

  @Test
  void afterItsTimeCompactionEndsAStream() throws Exception {
    try (StreamedRange range = stream()) {
      rest(range, scheduler.nowNs(), read -> read == 0);
      write(3, "new", 3);
      long late = scheduler.nowNs() + StreamedRange.PIN_NS;
      assertThatThrownBy(() -> range.next(late))
          .isInstanceOf(EtcdException.class)
          .hasMessage(KvError.COMPACTED.text());
      assertThat(pins.count()).isZero();
    }
  }

  @Test
  void aReplacedEngineEndsAStream() throws Exception {
    try (StreamedRange range = stream()) {
      rest(range, scheduler.nowNs(), read -> read == 0);
      engine.close();
      assertThatThrownBy(() -> range.next(scheduler.nowNs()))
          .isInstanceOf(EtcdException.class)
          .hasMessage(KvError.COMPACTED.text());
    }
  }

  @Test
  void aBrokenPinEndsAStreamToo() throws Exception {
    try (StreamedRange range = stream()) {
      rest(range, scheduler.nowNs(), read -> read == 0);
      pins.expire(scheduler.nowNs() + StreamedRange.PIN_NS + 1);
      write(3, "new", 3);
      assertThatThrownBy(() -> range.next(scheduler.nowNs()))
          .isInstanceOf(EtcdException.class)
          .hasMessage(KvError.COMPACTED.text());
    }
  }

  @Test
  void withoutCompactionAStreamOutlivesItsPin() throws Exception {
    try (StreamedRange range = stream()) {
      rest(range, scheduler.nowNs(), read -> read == 0);
      write(3, "new", -1);
      long late = scheduler.nowNs() + StreamedRange.PIN_NS;
      assertThat(rest(range, late, read -> true))
          .allMatch(kv -> kv.getValue().toStringUtf8().equals("old"));
    }
  }

  @Test
  void aFaultInAChunkGivesBackItsShareOfTheBudget() {
    write(3, "v".repeat(2_000), -1);
    int[] steps = new int[1];
    UnaryOperator<Object> failing =
        more -> {
          if (++steps[0] == 8) {
            throw new EngineException(EngineException.Kind.IO, "read error", null);
          }
          return more;
        };
    MvccEngine faulty =
        with(
            MvccEngine.class,
            engine,
            "snapshot",
            snapshot ->
                with(
                    Snapshot.class,
                    snapshot,
                    "range",
                    cursor -> with(VersionCursor.class, cursor, "next", failing)));
    try (StreamedRange range = stream(View.of(faulty), 4_000)) {
      assertThatThrownBy(() -> range.next(scheduler.nowNs())).hasMessageContaining("read error");
    }
    assertThat(steps[0]).isEqualTo(8);
    assertThat(budget.inFlight()).isZero();
  }

  /** The same object, but that the results of one method are changed. */
  private static <T> T with(
      Class<T> type, Object real, String method, UnaryOperator<Object> change) {
    InvocationHandler handler =
        (proxy, called, arguments) -> {
          Object result;
          try {
            result = called.invoke(real, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
          return called.getName().equals(method) ? change.apply(result) : result;
        };
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
