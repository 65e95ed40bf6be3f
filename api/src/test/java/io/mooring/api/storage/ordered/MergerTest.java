package io.mooring.api.storage.ordered;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.storage.tree.PersistentTree;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the merger takes from an overlay that is ahead of history, and what it leaves. */
class MergerTest {

  private final StoreMeta meta = new StoreMeta();
  private final Latest latest = new Latest();
  private PersistentTree<Row> overlay = PersistentTree.empty();
  private final Merger lazy =
      new Merger(profile(1_000), meta, new RecordCodec("test"), () -> overlay);

  private static OrderedProfile profile(int overlayRows) {
    return new OrderedProfile(overlayRows, 1 << 20, 100, 1 << 20, 1, 1, 1 << 16, 1 << 12);
  }

  /** What the apply thread does with a change. */
  private Row change(String key, long main) {
    byte[] payload = {1};
    Row row = new Row(key.getBytes(US_ASCII), main, 0, 1, 1, 0, payload, 1, Links.NONE, false);
    row.replaced = overlay.get(row.key);
    overlay = overlay.put(row.key, row);
    return row;
  }

  private void append(Merger merger, Row row) {
    meta.historyThrough = row.main;
    merger.add(row);
  }

  @Test
  void mergesTheNewestChangeThatHistoryHas() {
    Row first = change("a", 2);
    Row second = change("a", 3);
    change("a", 4);
    change("b", 5);
    append(lazy, first);
    append(lazy, second);
    lazy.merge(latest, 10);
    assertThat(latest.keys).containsExactly("a");
    assertThat(lazy.takeMerged()).containsExactly(second);
    assertThat(lazy.takeSuperseded()).containsExactly(first);
    assertThat(lazy.waiting()).isFalse();
  }

  @Test
  void whatIsMergedAndStillInTheOverlayIsNotMergedAgain() {
    Row row = change("a", 2);
    append(lazy, row);
    append(lazy, change("b", 3));
    lazy.merge(latest, 1);
    lazy.merge(latest, 10);
    lazy.merge(latest, 10);
    assertThat(latest.keys).containsExactly("a", "b");
    // Merged before it was replaced: told of once.
    append(lazy, change("a", 4));
    assertThat(lazy.takeSuperseded()).isEmpty();
    lazy.merge(latest, 10);
    assertThat(latest.keys).containsExactly("a", "b", "a");
  }

  @Test
  void whereNothingIsPutOffAllThatWasBroughtIsMergedInOrder() {
    Merger eager = new Merger(profile(0), meta, new RecordCodec("test"), () -> overlay);
    Row replaced = change("c", 2);
    append(eager, replaced);
    append(eager, change("b", 3));
    append(eager, change("c", 4));
    change("a", 5);
    eager.merge(latest, eager.quota(3));
    assertThat(latest.keys).containsExactly("b", "c");
    assertThat(eager.takeSuperseded()).containsExactly(replaced);
    assertThat(eager.waiting()).isFalse();
    assertThat(meta.mergedThrough).isEqualTo(4);
  }

  @Test
  void historyHalfAsLongAgainAsTheOverlayMayWait() {
    long bytes = profile(1_000).overlayBytes();
    append(lazy, change("a", 2));
    meta.historyWeight = bytes * 3 / 2;
    assertThat(lazy.quota(7)).isZero();
    meta.historyWeight++;
    assertThat(lazy.quota(7)).isEqualTo(7);
  }

  /** Keeps the keys put into latest, in order. */
  private static final class Latest implements StoreTxn {

    final List<String> keys = new ArrayList<>();

    @Override
    public void put(Space space, byte[] key, ByteBuffer value) {
      assertThat(space).isEqualTo(Space.LATEST);
      keys.add(new String(key, US_ASCII));
    }

    @Override
    public void append(Space space, byte[] key, ByteBuffer value) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void delete(Space space, byte[] key) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void deleteRange(Space space, byte[] from, byte[] to) {
      throw new UnsupportedOperationException();
    }

    @Override
    public @Nullable ByteBuffer get(Space space, byte[] key) {
      return null;
    }

    @Override
    public void commit(long mark) {}

    @Override
    public void close() {}
  }
}
