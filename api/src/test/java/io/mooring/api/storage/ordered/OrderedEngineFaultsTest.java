package io.mooring.api.storage.ordered;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineException.Kind;
import io.mooring.api.storage.EngineListener;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.Peek;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.Revision;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.Version;
import io.mooring.api.storage.WriteBatch;
import io.mooring.api.testing.Covers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damage, failing stores, newer formats, bounds: what the conformance kit cannot provoke. */
@Timeout(60)
class OrderedEngineFaultsTest {

  private static final Path NOWHERE = Path.of("nowhere");

  private final HeapStore.Disk disk = new HeapStore.Disk();
  private final BlockingQueue<EngineException> failures = new LinkedBlockingQueue<>();
  private final BlockingQueue<Long> durable = new LinkedBlockingQueue<>();
  private HeapStore store = new HeapStore(disk, false);
  private MvccEngine engine = open(HeapHarness.eager(), 64 << 20, 100_000);
  private long main = 1;
  private long index;

  private MvccEngine open(OrderedProfile profile, long backlogBytes, long backlogEntries) {
    EngineListener listener =
        new EngineListener() {
          @Override
          public void durable(long appliedIndex) {
            durable.add(appliedIndex);
          }

          @Override
          public void failed(EngineException cause) {
            failures.add(cause);
          }
        };
    EngineConfig config =
        new EngineConfig(
            NOWHERE, listener, new PinRegistry(), 1 << 20, backlogBytes, backlogEntries);
    return OrderedEngine.open("heap", config, profile, store);
  }

  private void reopen(OrderedProfile profile) {
    engine.close();
    store = new HeapStore(disk, false);
    engine = open(profile, 64 << 20, 100_000);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private void put(String key, String payload) {
    WriteBatch batch = engine.begin();
    Version before = batch.latest(key.getBytes(UTF_8), false);
    main++;
    batch.put(
        new Revision(main, 0),
        key.getBytes(UTF_8),
        before == null ? main : before.createRevision(),
        before == null ? 1 : before.version() + 1,
        0,
        payload.getBytes(UTF_8));
    batch.commit(++index, 1, main, -1);
  }

  private EngineException failure() throws InterruptedException {
    EngineException told = failures.poll(20, TimeUnit.SECONDS);
    assertThat(told).as("fault told to the listener").isNotNull();
    return told;
  }

  private static byte[] flipLast(byte[] value) {
    value[value.length - 1] ^= 1;
    return value;
  }

  @Test
  @Covers("S16")
  void aDamagedLatestRowStopsTheMemberInsteadOfAnswering() throws Exception {
    put("a", "1");
    engine.sync();
    reopen(HeapHarness.eager());
    store.damage(Space.LATEST, OrderedEngineFaultsTest::flipLast);
    try (Snapshot snapshot = engine.snapshot()) {
      assertThatThrownBy(() -> snapshot.get("a".getBytes(UTF_8), Long.MAX_VALUE, true))
          .isInstanceOfSatisfying(
              EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT));
    }
    assertThat(failure().kind()).isEqualTo(Kind.CORRUPT);
    assertThatThrownBy(engine::begin).isInstanceOf(EngineException.class);
  }

  @Test
  @Covers("S16")
  void damagedHistoryTablesAndStateAreNoticed() {
    put("a", "1");
    WriteBatch batch = engine.begin();
    batch.tablePut(Table.META, new byte[] {1}, new byte[] {2});
    batch.commit(++index, 1, main, -1);
    engine.sync();
    reopen(HeapHarness.eager());
    store.damage(Space.HISTORY, OrderedEngineFaultsTest::flipLast);
    store.damage(Space.TABLE, OrderedEngineFaultsTest::flipLast);
    try (Snapshot snapshot = engine.snapshot()) {
      assertThatThrownBy(() -> snapshot.changes(1, main).next())
          .isInstanceOf(EngineException.class);
      assertThatThrownBy(() -> snapshot.tableGet(Table.META, new byte[] {1}))
          .isInstanceOf(EngineException.class);
    }
    engine.close();
    store = new HeapStore(disk, false);
    store.damage(Space.META, OrderedEngineFaultsTest::flipLast);
    assertThatThrownBy(() -> open(HeapHarness.eager(), 1 << 20, 100))
        .isInstanceOf(EngineException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7})
  @Covers("B88")
  void anotherFormatIsRefusedAndBothAreNamed(int format) {
    put("a", "1");
    engine.close();
    store = new HeapStore(disk, false);
    store.damage(
        Space.META,
        value -> {
          ByteBuffer.wrap(value).putInt(4, format);
          return value;
        });
    assertThatThrownBy(() -> open(HeapHarness.eager(), 1 << 20, 100))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE))
        .hasMessageContaining("format " + format)
        .hasMessageContaining("format " + StoreMeta.FORMAT_VERSION);
  }

  @Test
  @Covers("S12")
  void aStoreThatCannotCommitStopsTheEngine() throws Exception {
    put("a", "1");
    engine.sync();
    store.commitFault = new EngineException(Kind.FULL, "no space left", null);
    put("b", "1");
    assertThat(failure().kind()).isEqualTo(Kind.FULL);
    assertThatThrownBy(engine::sync).isInstanceOf(EngineException.class);
    assertThatThrownBy(() -> put("c", "1"))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.FULL));
    try (Snapshot snapshot = engine.snapshot()) {
      assertThat(snapshot.get("a".getBytes(UTF_8), Long.MAX_VALUE, true)).isNotNull();
    }
    assertThat(failures).as("told once").isEmpty();
  }

  @Test
  void aFullBacklogWaitsForDurabilityAndAsksForIt() {
    engine.close();
    store = new HeapStore(new HeapStore.Disk(), true);
    engine = open(HeapHarness.eager(), 1 << 20, 10);
    main = 1;
    index = 0;
    for (int i = 0; i < 500; i++) {
      put("key" + i % 7, "payload " + i);
      assertThat(index - engine.durableIndex()).isLessThanOrEqualTo(10);
    }
    assertThat(engine.sync()).isEqualTo(index);
    long last = 0;
    for (long told : durable) {
      assertThat(told).isGreaterThan(last);
      last = told;
    }
    assertThat(last).isEqualTo(index);
  }

  @Test
  void oldVersionsOfAHotKeyAreFoundWhereverTheyStand() {
    reopen(HeapHarness.tiny());
    int versions = 3_000;
    for (int i = 1; i <= versions; i++) {
      put("hot", "payload " + i);
    }
    byte[] key = "hot".getBytes(UTF_8);
    try (Snapshot snapshot = engine.snapshot()) {
      for (int i = 1; i <= versions; i++) {
        Version found = Objects.requireNonNull(snapshot.get(key, 1 + i, true));
        assertThat(new String(Objects.requireNonNull(found.payload()), UTF_8))
            .isEqualTo("payload " + i);
      }
    }
    Peek peek = engine.peek(key, main);
    assertThat(peek.known()).isTrue();
    assertThat(Objects.requireNonNull(peek.version()).version()).isEqualTo(versions);
  }

  @Test
  void afterAPauseAStartReplaysNothing() {
    reopen(HeapHarness.tiny());
    for (int i = 0; i < 5; i++) {
      put("key" + i, "value");
    }
    engine.sync();
    assertThat(replayedByAStart()).as("merging is put off").isEqualTo(5);
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (replayedByAStart() > 0) {
      LockSupport.parkNanos(1_000_000); // the writer waits for company first
      assertThat(System.nanoTime() - deadlineNs).as("nanoseconds late").isNegative();
    }
    try (Snapshot snapshot = engine.snapshot()) {
      assertThat(snapshot.get("key3".getBytes(UTF_8), Long.MAX_VALUE, true)).isNotNull();
    }
  }

  private long replayedByAStart() {
    try (HeapStore copy = new HeapStore(disk, false)) {
      return Recovery.of(copy, "copy", 4096).heap().overlay().size();
    }
  }
}
