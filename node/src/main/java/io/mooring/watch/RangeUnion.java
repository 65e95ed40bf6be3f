package io.mooring.watch;

import io.mooring.machine.mvcc.KeyRange;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All keys that some range of a group holds. A reader uses it to drop changes that nobody wants
 * before it copies them. It sorts itself when first used, so that the cost of a large group falls
 * on the reader, not on the loop; it is handed from thread to thread, never shared at one time.
 */
final class RangeUnion {

  private final List<KeyRange> ranges;

  /** Begins of sorted, disjoint ranges; empty until prepared. */
  private ByteBuffer[] froms = {};

  /** Ends of the same; null for none. */
  private @Nullable ByteBuffer[] tos = {};

  /** The union of ranges, none of them empty; the list is kept and not changed. */
  RangeUnion(List<KeyRange> ranges) {
    this.ranges = ranges;
  }

  private void prepare() {
    List<KeyRange> sorted = new ArrayList<>(ranges);
    sorted.sort((a, b) -> Arrays.compareUnsigned(a.from(), b.from()));
    List<KeyRange> disjoint = new ArrayList<>();
    for (KeyRange sortedRange : sorted) {
      KeyRange range = withEnd(sortedRange);
      KeyRange last = disjoint.isEmpty() ? null : disjoint.get(disjoint.size() - 1);
      if (last == null || !touches(last, range)) {
        disjoint.add(range);
      } else if (KeyRangeTree.compareEnds(range.to(), last.to()) > 0) {
        disjoint.set(disjoint.size() - 1, new KeyRange(last.from(), range.to(), false));
      }
    }
    froms = new ByteBuffer[disjoint.size()];
    tos = new @Nullable ByteBuffer[disjoint.size()];
    for (int i = 0; i < froms.length; i++) {
      froms[i] = ByteBuffer.wrap(disjoint.get(i).from());
      byte[] to = disjoint.get(i).to();
      tos[i] = to == null ? null : ByteBuffer.wrap(to);
    }
  }

  private static KeyRange withEnd(KeyRange range) {
    return range.point()
        ? new KeyRange(range.from(), KeyRange.successor(range.from()), false)
        : range;
  }

  private static boolean touches(KeyRange low, KeyRange high) {
    byte[] end = low.to();
    return end == null || Arrays.compareUnsigned(end, high.from()) >= 0;
  }

  /** Whether some range holds the key; its position is unchanged. */
  boolean contains(ByteBuffer key) {
    if (froms.length == 0) {
      prepare();
    }
    int low = 0;
    int high = froms.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (compareUnsigned(froms[middle], key) <= 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    if (high < 0) {
      return false;
    }
    ByteBuffer to = tos[high];
    return to == null || compareUnsigned(to, key) > 0;
  }

  private static int compareUnsigned(ByteBuffer a, ByteBuffer b) {
    int at = a.mismatch(b);
    if (at < 0) {
      return 0;
    }
    if (at >= a.remaining() || at >= b.remaining()) {
      return Integer.compare(a.remaining(), b.remaining());
    }
    return Integer.compare(a.get(a.position() + at) & 0xff, b.get(b.position() + at) & 0xff);
  }
}
