package io.mooring.storage.lmdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineException.Kind;
import io.mooring.api.storage.ordered.Space;
import io.mooring.api.storage.ordered.StoreCursor;
import io.mooring.api.storage.ordered.StoreTxn;
import io.mooring.api.storage.ordered.StoreView;
import io.mooring.api.testing.Covers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lmdbjava.BufferProxy;

class LmdbStoreTest {

  private static final long MAP_BYTES = 1L << 30;

  @TempDir Path directory;

  private LmdbStore open(boolean portable) {
    BufferProxy<ByteBuffer> proxy = portable ? new PortableProxy() : PortableProxy.best();
    return LmdbStore.open(directory, MAP_BYTES, proxy);
  }

  private static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }

  private static byte[] bytes(ByteBuffer borrowed) {
    byte[] bytes = new byte[borrowed.remaining()];
    borrowed.get(borrowed.position(), bytes);
    return bytes;
  }

  /** Lengths around the limit of one fragment and of two; equal in front more often than not. */
  private static byte[] randomKey(Random random) {
    int[] lengths = {1, 2, 501, 502, 503, 504, 510, 511, 512, 1003, 1004, 1005, 1006, 1600};
    byte[] key = new byte[lengths[random.nextInt(lengths.length)]];
    for (int i = 0; i < 3; i++) {
      int at = random.nextBoolean() ? random.nextInt(key.length) : key.length - 1;
      key[at] = (byte) (random.nextInt(4) - 1);
    }
    return key;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Covers("S13")
  void keysOfAnyLengthStandInExactOrder(boolean portable) {
    Random random = new Random(41);
    TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
    try (LmdbStore store = open(portable)) {
      for (int round = 0; round < 30; round++) {
        try (StoreTxn txn = store.begin()) {
          for (int i = 0; i < 40; i++) {
            change(random, model, txn);
          }
          txn.commit(round);
        }
        try (StoreView view = store.view()) {
          assertSame(view, model, random);
        }
      }
      List<byte[]> keys = new ArrayList<>(model.keySet());
      try (StoreTxn txn = store.begin()) {
        keys.forEach(key -> txn.delete(Space.LATEST, key));
        txn.commit(100);
      }
      try (StoreView view = store.view()) {
        assertThat(view.cursor(Space.LATEST).next()).isFalse();
      }
      assertThat(store.sizes().inUseBytes()).as("pages of empty nodes").isLessThan(64 << 10);
    }
  }

  /** Many rows on a page, few, and values that have pages of their own, between all of which. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Covers("S13")
  void rowsOfAnySizeAreWalkedInOrder(boolean portable) {
    Random random = new Random(43);
    TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
    try (LmdbStore store = open(portable)) {
      for (int round = 0; round < 20; round++) {
        try (StoreTxn txn = store.begin()) {
          for (int i = 0; i < 200; i++) {
            byte[] key = new byte[random.nextInt(20) == 0 ? 600 : 4 + random.nextInt(30)];
            key[1] = (byte) random.nextInt(200);
            key[3] = (byte) random.nextInt(4);
            byte[] value = new byte[random.nextInt(random.nextInt(10) == 0 ? 7_000 : 400)];
            random.nextBytes(value);
            model.put(key, value);
            txn.put(Space.LATEST, key, direct(value));
          }
          txn.commit(round);
        }
        try (StoreView view = store.view()) {
          assertSame(view, model, random);
        }
      }
    }
  }

  private static void change(Random random, NavigableMap<byte[], byte[]> model, StoreTxn txn) {
    if (random.nextInt(3) == 0 && !model.isEmpty()) {
      byte[] key = model.ceilingKey(new byte[] {(byte) random.nextInt(256)});
      if (key != null) {
        model.remove(key);
        txn.delete(Space.LATEST, key);
      }
      return;
    }
    byte[] key = randomKey(random);
    byte[] value = new byte[random.nextInt(20)];
    random.nextBytes(value);
    model.put(key, value);
    txn.put(Space.LATEST, key, direct(value));
  }

  private static void assertSame(
      StoreView view, NavigableMap<byte[], byte[]> model, Random random) {
    try (StoreCursor cursor = view.cursor(Space.LATEST)) {
      for (Map.Entry<byte[], byte[]> entry : model.entrySet()) {
        assertThat(cursor.next()).isTrue();
        assertThat(bytes(cursor.key())).isEqualTo(entry.getKey());
        assertThat(bytes(cursor.value())).isEqualTo(entry.getValue());
      }
      assertThat(cursor.next()).isFalse();
      for (int i = 0; i < 60; i++) {
        byte[] from = randomKey(random);
        Map.Entry<byte[], byte[]> expected = model.ceilingEntry(from);
        assertThat(cursor.seek(from)).isEqualTo(expected != null);
        for (int step = 0; step < 4 && expected != null; step++) {
          assertThat(bytes(cursor.key())).isEqualTo(expected.getKey());
          expected = model.higherEntry(expected.getKey());
          assertThat(cursor.next()).isEqualTo(expected != null);
        }
        ByteBuffer found = view.get(Space.LATEST, from);
        byte[] wanted = model.get(from);
        assertThat(found == null ? null : bytes(found)).isEqualTo(wanted);
      }
    }
  }

  @Test
  @Covers("S13")
  void aFullMapIsAnErrorAndTheStoreGoesOn() {
    try (LmdbStore store = LmdbStore.open(directory, 1 << 20, PortableProxy.best())) {
      assertThatThrownBy(() -> fill(store))
          .isInstanceOfSatisfying(
              EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.FULL));
      try (StoreTxn txn = store.begin()) {
        txn.put(Space.META, new byte[] {1}, direct(new byte[] {2}));
        txn.commit(1);
      }
    }
  }

  private static void fill(LmdbStore store) {
    try (StoreTxn txn = store.begin()) {
      for (int i = 0; i < 4096; i++) {
        txn.put(Space.LATEST, new byte[] {(byte) (i >> 8), (byte) i}, direct(new byte[1024]));
      }
      txn.commit(1);
    }
  }

  @Test
  @Covers("S13")
  void tooManyReadersAreAnErrorAndAllCloseAgain() {
    try (LmdbStore store = open(false)) {
      List<StoreView> views = new ArrayList<>();
      assertThatThrownBy(
              () -> {
                while (true) {
                  views.add(store.view());
                }
              })
          .isInstanceOfSatisfying(
              EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.FULL));
      views.forEach(StoreView::close);
      try (StoreView view = store.view()) {
        assertThat(view.get(Space.META, new byte[] {1})).isNull();
      }
    }
  }

  @Test
  @Covers("S14")
  void aClosedViewNeverTouchesTheTransactionOfTheNextUser() {
    try (LmdbStore store = open(false)) {
      StoreView first = store.view();
      StoreCursor left = first.cursor(Space.LATEST);
      first.close();
      try (StoreView second = store.view()) {
        assertClosed(() -> first.get(Space.META, new byte[] {1}));
        assertClosed(left::next);
        assertClosed(() -> left.seek(new byte[] {1}));
        assertThat(second.get(Space.META, new byte[] {1})).isNull();
      }
      left.close();
      first.close();
    }
  }

  @Test
  @Covers("S14")
  void useAfterCloseIsAnException() {
    LmdbStore store = open(false);
    store.close();
    store.close();
    assertClosed(store::view);
    assertClosed(store::begin);
  }

  @Test
  void deletesARangeOfRevisions() {
    try (LmdbStore store = open(false)) {
      try (StoreTxn txn = store.begin()) {
        for (int i = 0; i < 1000; i++) {
          txn.append(Space.HISTORY, revision(i), direct(new byte[100]));
        }
        txn.commit(1);
      }
      try (StoreTxn txn = store.begin()) {
        txn.deleteRange(Space.HISTORY, revision(0), revision(700));
        txn.commit(2);
      }
      try (StoreView view = store.view();
          StoreCursor cursor = view.cursor(Space.HISTORY)) {
        assertThat(cursor.next()).isTrue();
        assertThat(bytes(cursor.key())).isEqualTo(revision(700));
      }
    }
  }

  private static byte[] revision(int main) {
    return ByteBuffer.allocate(12).putLong(main).array();
  }

  private static void assertClosed(org.assertj.core.api.ThrowableAssert.ThrowingCallable use) {
    assertThatThrownBy(use)
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CLOSED));
  }
}
