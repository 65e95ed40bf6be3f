package io.mooring.storage.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineException.Kind;
import io.mooring.api.storage.ordered.OrderedStore;
import io.mooring.api.storage.ordered.Space;
import io.mooring.api.storage.ordered.StoreCursor;
import io.mooring.api.storage.ordered.StoreTxn;
import io.mooring.api.storage.ordered.StoreView;
import io.mooring.api.testing.Covers;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RocksStoreTest {

  private static final long CACHE_BYTES = 16 << 20;
  private static final long FLUSH_BYTES = 4 << 20;
  private static final long CLOSE_WAIT_MS = 50;

  @TempDir Path directory;

  private final BlockingQueue<Long> durable = new LinkedBlockingQueue<>();
  private final BlockingQueue<EngineException> failures = new LinkedBlockingQueue<>();
  private RocksStore store;

  @BeforeEach
  void open() {
    store = RocksStore.open(directory, CACHE_BYTES, FLUSH_BYTES, CLOSE_WAIT_MS);
    store.listen(
        new OrderedStore.Listener() {
          @Override
          public void durable(long mark) {
            durable.add(mark);
          }

          @Override
          public void failed(EngineException cause) {
            failures.add(cause);
          }
        });
  }

  @AfterEach
  void close() {
    store.close();
  }

  /** The heap lets go of rows once they are committed: a view that lacks them shows nobody. */
  @Test
  void aViewHasEverythingThatWasCommittedBeforeItWasOpened() throws Exception {
    AtomicLong committed = new AtomicLong();
    AtomicBoolean done = new AtomicBoolean();
    Queue<String> missed = new ConcurrentLinkedQueue<>();
    List<Thread> readers = new ArrayList<>();
    put(Space.LATEST, "k", "0");
    for (int i = 0; i < 4; i++) {
      Thread reader =
          new Thread(
              () -> {
                while (!done.get()) {
                  long expected = committed.get();
                  try (StoreView view = store.view()) {
                    long found = Long.parseLong(String.valueOf(get(view, Space.LATEST, "k")));
                    if (found < expected) {
                      missed.add("commit " + expected + " in a view with " + found);
                    }
                  }
                }
              });
      reader.start();
      readers.add(reader);
    }
    for (long i = 1; i <= 50_000 && missed.isEmpty(); i++) {
      put(Space.LATEST, "k", Long.toString(i));
      committed.set(i);
    }
    done.set(true);
    for (Thread reader : readers) {
      reader.join();
    }
    assertThat(missed).isEmpty();
  }

  @Test
  void rowsComeBackInUnsignedOrderWithinTheirSpace() {
    put(Space.LATEST, "b", "2");
    put(Space.LATEST, "a", "1");
    put(Space.LATEST, "\u00ff", "3");
    put(Space.DEAD, "a", "dead");
    try (StoreView view = store.view()) {
      assertThat(rows(view, Space.LATEST, null)).containsExactly("a=1", "b=2", "\u00ff=3");
      assertThat(rows(view, Space.LATEST, "b")).containsExactly("a=1");
      assertThat(get(view, Space.LATEST, "a")).isEqualTo("1");
      assertThat(get(view, Space.LATEST, "c")).isNull();
      assertThat(get(view, Space.DEAD, "a")).isEqualTo("dead");
    }
  }

  /** A start applies again what the engine has not: the less it lacks, the sooner it serves. */
  @Test
  void whatWasCommittedSurvivesAKillAndIsDurableThen() {
    put(Space.LATEST, "a", "1");
    put(Space.LATEST, "b", "2");
    store.abandon();
    assertThat(durable).isEmpty();
    open();
    try (StoreView view = store.view()) {
      assertThat(rows(view, Space.LATEST, null)).containsExactly("a=1", "b=2");
    }
    assertThat(logBytes()).as("what was found is in flushed files").isZero();
  }

  @Test
  void ofALogThatASystemCrashDamagedThePrefixIsTaken() throws IOException {
    put(Space.LATEST, "a", "1");
    put(Space.LATEST, "b", "2");
    put(Space.LATEST, "c", "3");
    store.abandon();
    for (Path log : logs()) {
      try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
        if (file.length() > 0) {
          file.seek(file.length() - 1);
          int last = file.read();
          file.seek(file.length() - 1);
          file.write(last ^ 1);
        }
      }
    }
    open();
    try (StoreView view = store.view()) {
      assertThat(rows(view, Space.LATEST, null)).containsExactly("a=1", "b=2");
    }
  }

  private List<Path> logs() {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".log")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private long logBytes() {
    return logs().stream().mapToLong(log -> log.toFile().length()).sum();
  }

  @Test
  void viewDoesNotMoveWithLaterCommits() {
    put(Space.LATEST, "a", "1");
    try (StoreView before = store.view();
        StoreView alsoBefore = store.view()) {
      put(Space.LATEST, "a", "2");
      put(Space.LATEST, "b", "2");
      try (StoreView after = store.view()) {
        assertThat(get(before, Space.LATEST, "a")).isEqualTo("1");
        assertThat(rows(alsoBefore, Space.LATEST, null)).containsExactly("a=1");
        assertThat(rows(after, Space.LATEST, null)).containsExactly("a=2", "b=2");
      }
    }
  }

  @Test
  void keysAndValuesOfAnyLengthAreWhole() {
    byte[] longKey = new byte[1 << 20];
    Arrays.fill(longKey, (byte) 0xff);
    byte[] longValue = new byte[3 << 20];
    Arrays.fill(longValue, (byte) 7);
    try (StoreTxn txn = store.begin()) {
      txn.put(Space.TABLE, longKey, direct(longValue));
      txn.put(Space.TABLE, new byte[] {1}, direct(new byte[0]));
      txn.commit(1);
    }
    try (StoreView view = store.view();
        StoreCursor cursor = view.cursor(Space.TABLE)) {
      assertThat(cursor.next()).isTrue();
      assertThat(cursor.value().remaining()).isZero();
      assertThat(cursor.next()).isTrue();
      assertThat(bytes(cursor.key())).isEqualTo(longKey);
      assertThat(bytes(cursor.value())).isEqualTo(longValue);
      assertThat(cursor.value().isReadOnly()).isTrue();
      assertThat(cursor.next()).isFalse();
      assertThat(cursor.next()).isFalse();
      assertThat(bytes(Objects.requireNonNull(view.get(Space.TABLE, longKey))))
          .isEqualTo(longValue);
    }
  }

  @Test
  void deletedRangeIsGone() {
    for (String key : List.of("1", "2", "3", "4")) {
      put(Space.HISTORY, key, key);
    }
    try (StoreTxn txn = store.begin()) {
      txn.deleteRange(Space.HISTORY, "1".getBytes(UTF_8), "3".getBytes(UTF_8));
      txn.delete(Space.HISTORY, "4".getBytes(UTF_8));
      assertThat(text(txn.get(Space.HISTORY, "4".getBytes(UTF_8)))).isEqualTo("4");
      txn.commit(5);
    }
    try (StoreView view = store.view()) {
      assertThat(rows(view, Space.HISTORY, null)).containsExactly("3=3");
    }
  }

  @Test
  void droppedTransactionLeavesNothing() {
    try (StoreTxn txn = store.begin()) {
      txn.put(Space.LATEST, "a".getBytes(UTF_8), direct("1".getBytes(UTF_8)));
    }
    try (StoreView view = store.view()) {
      assertThat(rows(view, Space.LATEST, null)).isEmpty();
    }
  }

  @Test
  @Covers("S12")
  void durableIsToldOnlyByFlushes() throws InterruptedException {
    put(Space.LATEST, "a", "1");
    put(Space.LATEST, "b", "2");
    assertThat(durable).isEmpty();
    store.hasten();
    long first = durable.poll(20, TimeUnit.SECONDS);
    put(Space.META, "applied", "3");
    store.sync();
    assertThat(first).isEqualTo(2);
    assertThat(durable).containsExactly(3L);
    store.sync();
    assertThat(durable).as("nothing new to tell").hasSize(1);
  }

  @Test
  void writtenBytesStartAFlushByThemselves() throws InterruptedException {
    byte[] value = new byte[1 << 20];
    for (int i = 0; i < 4; i++) {
      try (StoreTxn txn = store.begin()) {
        txn.append(Space.HISTORY, new byte[] {(byte) i}, direct(value));
        txn.commit(++mark);
      }
    }
    assertThat(durable.poll(20, TimeUnit.SECONDS)).isEqualTo(4);
  }

  @Test
  void flushedRowsAreThereAfterReopening() {
    put(Space.LATEST, "a", "1");
    put(Space.META, "applied", "1");
    store.close();
    assertThat(durable).containsExactly(2L);
    open();
    try (StoreView view = store.view()) {
      assertThat(rows(view, Space.LATEST, null)).containsExactly("a=1");
      assertThat(rows(view, Space.META, null)).containsExactly("applied=1");
    }
    assertThat(store.sizes().allocatedBytes()).isPositive();
  }

  @Test
  @Covers("S14")
  void useAfterCloseIsAnExceptionAndNothingNative() {
    put(Space.LATEST, "a", "1");
    StoreView closedView = store.view();
    StoreCursor left = closedView.cursor(Space.LATEST, "z".getBytes(UTF_8));
    left.next();
    StoreTxn txn = store.begin();
    txn.close();
    closedView.close();
    assertClosed(() -> closedView.get(Space.LATEST, "a".getBytes(UTF_8)));
    assertClosed(() -> closedView.cursor(Space.LATEST));
    assertClosed(left::next);
    assertClosed(left::key);
    assertClosed(() -> txn.commit(9));
    store.close();
    store.close();
    assertClosed(store::view);
    assertClosed(store::begin);
    assertClosed(store::sync);
    store.hasten();
    assertThat(store.sizes()).isNotNull();
  }

  @Test
  @Covers("S14")
  void closeWaitsForViewsOnlyForAWhileAndTheyTouchNothingNativeAfterIt() {
    put(Space.LATEST, "a", "1");
    StoreView view = store.view();
    StoreCursor cursor = view.cursor(Space.LATEST);
    assertThat(cursor.next()).isTrue();
    store.close();
    assertClosed(cursor::next);
    assertClosed(cursor::value);
    assertClosed(() -> get(view, Space.LATEST, "a"));
    assertClosed(() -> view.cursor(Space.LATEST));
    assertClosed(store::view);
    cursor.close();
    view.close();
  }

  @Test
  @Covers({"S12", "S16"})
  void damagedFileIsRefusedAndNeverSkipped() throws IOException {
    byte[] value = new byte[5_000];
    for (int i = 0; i < 200; i++) {
      new java.util.SplittableRandom(i).nextBytes(value);
      try (StoreTxn txn = store.begin()) {
        txn.append(Space.HISTORY, ByteBuffer.allocate(8).putLong(i).array(), direct(value));
        txn.commit(++mark);
      }
    }
    store.close();
    Path file = largestTable();
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.seek(bytes.length() / 2);
      int old = bytes.read();
      bytes.seek(bytes.length() / 2);
      bytes.write(old ^ 1);
    }
    open();
    assertThatThrownBy(
            () -> {
              try (StoreView view = store.view()) {
                rows(view, Space.HISTORY, null);
              }
            })
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT))
        .hasMessageContaining(directory.toString())
        .hasMessageContaining("damaged");
  }

  @Test
  void lostFileIsRefusedAtOpening() throws IOException {
    put(Space.LATEST, "a", "1");
    store.close();
    Files.delete(largestTable());
    assertThatThrownBy(() -> RocksStore.open(directory, CACHE_BYTES, FLUSH_BYTES))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT));
  }

  @Test
  @Covers("S12")
  void failedBackgroundWriteStopsTheStore() throws Exception {
    put(Space.LATEST, "a", "1");
    store.sync();
    // A directory in the way of every file that a flush could make.
    for (int number = 0; number < 400; number++) {
      Path inTheWay = directory.resolve(String.format("%06d.sst", number));
      if (!Files.exists(inTheWay)) {
        Files.createDirectory(inTheWay);
      }
    }
    put(Space.LATEST, "b", "2");
    assertThatThrownBy(store::sync).isInstanceOf(EngineException.class);
    assertThat(failures).hasSize(1);
    assertThatThrownBy(store::begin).isInstanceOf(EngineException.class);
    assertThat(durable).containsExactly(1L);
  }

  private long mark;

  private void put(Space space, String key, String value) {
    try (StoreTxn txn = store.begin()) {
      txn.put(space, key.getBytes(UTF_8), direct(value.getBytes(UTF_8)));
      txn.commit(++mark);
    }
  }

  private Path largestTable() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.toString().endsWith(".sst"))
          .max((a, b) -> Long.compare(a.toFile().length(), b.toFile().length()))
          .orElseThrow();
    }
  }

  private static void assertClosed(Runnable use) {
    assertThatThrownBy(use::run)
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CLOSED));
  }

  private static List<String> rows(StoreView view, Space space, @Nullable String to) {
    List<String> rows = new ArrayList<>();
    try (StoreCursor cursor = view.cursor(space, to == null ? null : to.getBytes(UTF_8))) {
      while (cursor.next()) {
        rows.add(text(cursor.key()) + "=" + text(cursor.value()));
      }
    }
    return rows;
  }

  private static @Nullable String get(StoreView view, Space space, String key) {
    return text(view.get(space, key.getBytes(UTF_8)));
  }

  private static @Nullable String text(@Nullable ByteBuffer buffer) {
    return buffer == null ? null : new String(bytes(buffer), UTF_8);
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }
}
