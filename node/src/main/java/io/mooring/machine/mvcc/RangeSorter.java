package io.mooring.machine.mvcc;

import io.mooring.api.etcdserverpb.RangeRequest.SortOrder;
import io.mooring.api.etcdserverpb.RangeRequest.SortTarget;
import io.mooring.api.storage.Version;
import io.mooring.api.storage.VersionCursor;
import io.mooring.base.Check;
import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Collects the versions of a sorted range. With a limit it keeps no more than that many, the best
 * so far, and without payloads (they are read again for those that stay), so that "the newest of a
 * million" costs memory for one. Ties are in ascending key order, whatever the order asked; etcd
 * leaves them open.
 */
final class RangeSorter {

  /** One collected version and its value's place, which only a sort by value needs. */
  private record Item(Version version, int valueStart, int valueEnd) {}

  private final SortTarget target;
  private final boolean descending;
  private final boolean withPayload;
  private final int keep;
  private final Comparator<Item> order;

  /** Worst first, so that it is the one to give way. */
  private final PriorityQueue<Item> best;

  /** What a collected version costs beside its key and payload. */
  private static final int ITEM_BYTES = 160;

  private long offered;
  private long heldBytes;
  private Item @Nullable [] sorted;
  private int next;

  RangeSorter(RangeQuery query) {
    target = query.target();
    descending = query.order() == SortOrder.DESCEND;
    keep = query.limit() > 0 ? (int) Math.min(query.limit(), Integer.MAX_VALUE) : Integer.MAX_VALUE;
    withPayload = query.wantsPayload() && (target == SortTarget.VALUE || query.limit() == 0);
    order = descending ? this::compareDescending : this::compareAscending;
    best = new PriorityQueue<>(order.reversed());
  }

  /** Offers the version under a cursor. */
  void add(VersionCursor at) {
    offered++;
    Item worst = best.size() < keep ? null : best.peek();
    if (worst != null && cannotEnter(at, worst)) {
      return;
    }
    Item item = item(at);
    if (worst == null) {
      best.add(item);
      heldBytes += bytes(item);
    } else if (order.compare(item, worst) < 0) {
      heldBytes -= bytes(Check.present(best.poll(), "worst of the best"));
      best.add(item);
      heldBytes += bytes(item);
    }
  }

  /** Heap bytes of what is collected and not yet polled, near enough. */
  long heldBytes() {
    return heldBytes;
  }

  private static long bytes(Item item) {
    byte[] payload = item.version().payload();
    return ITEM_BYTES + item.version().key().length + (payload == null ? 0 : payload.length);
  }

  /** Ends the collecting; whether the limit left something out. */
  boolean cut() {
    Item[] items = best.toArray(new Item[0]);
    best.clear();
    Arrays.sort(items, order);
    sorted = items;
    return offered > keep;
  }

  /** The next version in order, or null; its payload may have to be read again. */
  @Nullable Version poll() {
    Item[] items = Check.present(sorted, "polled before the cut");
    if (next == items.length) {
      return null;
    }
    Item item = items[next];
    items[next++] = null;
    heldBytes -= bytes(item);
    return item.version();
  }

  /** Cheap judgement by number, before anything is copied. */
  private boolean cannotEnter(VersionCursor at, Item worst) {
    long mine;
    switch (target) {
      case VERSION -> mine = at.version();
      case CREATE -> mine = at.createRevision();
      case MOD -> mine = at.modRevision();
      default -> {
        return false;
      }
    }
    int byNumber = Long.compare(mine, number(worst));
    return descending ? byNumber < 0 : byNumber > 0;
  }

  private Item item(VersionCursor at) {
    Version version = RangeScan.version(at, withPayload);
    byte[] payload = version.payload();
    if (payload == null || target != SortTarget.VALUE) {
      return new Item(version, 0, 0);
    }
    int field = KeyValueCodec.valueField(payload);
    if (field < 0) {
      return new Item(version, 0, 0);
    }
    int size = (int) KeyValueCodec.readVarint(payload, field);
    int start = field + KeyValueCodec.varintSize(size);
    return new Item(version, start, start + size);
  }

  private int compareAscending(Item a, Item b) {
    int byTarget = compareTarget(a, b);
    return byTarget != 0 ? byTarget : compareKeys(a, b);
  }

  private int compareDescending(Item a, Item b) {
    int byTarget = compareTarget(b, a);
    return byTarget != 0 ? byTarget : compareKeys(a, b);
  }

  private int compareTarget(Item a, Item b) {
    if (target == SortTarget.KEY) {
      return compareKeys(a, b);
    }
    if (target == SortTarget.VALUE) {
      return Arrays.compareUnsigned(
          payload(a), a.valueStart(), a.valueEnd(), payload(b), b.valueStart(), b.valueEnd());
    }
    return Long.compare(number(a), number(b));
  }

  private static int compareKeys(Item a, Item b) {
    return Arrays.compareUnsigned(a.version().key(), b.version().key());
  }

  private static byte[] payload(Item item) {
    return Check.present(item.version().payload(), "sorted by value without one");
  }

  private long number(Item item) {
    return switch (target) {
      case VERSION -> item.version().version();
      case CREATE -> item.version().createRevision();
      case MOD -> item.version().modRevision();
      case KEY, VALUE, UNRECOGNIZED -> throw new IllegalStateException("no number: " + target);
    };
  }
}
