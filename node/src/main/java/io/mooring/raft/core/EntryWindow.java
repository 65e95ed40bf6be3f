package io.mooring.raft.core;

import io.mooring.base.Check;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Consecutive entries in a ring: append at the end, drop at either end, reach any by its index. */
final class EntryWindow {

  private @Nullable Entry[] ring = new Entry[64];
  private int head;
  private int count;

  /** The last entry that was dropped, or what stands before the window. */
  private EntryId base;

  EntryWindow(EntryId base) {
    this.base = base;
  }

  EntryId base() {
    return base;
  }

  long lastIndex() {
    return base.index() + count;
  }

  void append(Entry entry) {
    Check.that(entry.index() == lastIndex() + 1, "R26 gap in the log", entry.index(), lastIndex());
    if (count == ring.length) {
      grow();
    }
    ring[(head + count) & (ring.length - 1)] = entry;
    count++;
  }

  Entry get(long index) {
    Check.that(index > base.index() && index <= lastIndex(), "index outside the window", index);
    int offset = (int) (index - base.index() - 1);
    return Check.present(ring[(head + offset) & (ring.length - 1)], "R26 hole in the window");
  }

  Entry dropFirst() {
    Entry first = get(base.index() + 1);
    ring[head] = null;
    head = (head + 1) & (ring.length - 1);
    count--;
    base = EntryId.of(first);
    return first;
  }

  Entry dropLast() {
    Entry last = get(lastIndex());
    count--;
    ring[(head + count) & (ring.length - 1)] = null;
    return last;
  }

  /** Entries from one index to another, both included; an immutable copy. */
  List<Entry> slice(long from, long to) {
    if (from > to) {
      return List.of();
    }
    Entry[] copy = new Entry[(int) (to - from + 1)];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = get(from + i);
    }
    return Collections.unmodifiableList(Arrays.asList(copy));
  }

  private void grow() {
    Entry[] bigger = new Entry[ring.length * 2];
    int untilEnd = ring.length - head;
    System.arraycopy(ring, head, bigger, 0, untilEnd);
    System.arraycopy(ring, 0, bigger, untilEnd, head);
    ring = bigger;
    head = 0;
  }
}
