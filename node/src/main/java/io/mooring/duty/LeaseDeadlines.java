package io.mooring.duty;

import io.mooring.base.Check;
import io.mooring.machine.lease.Lease;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import java.util.Arrays;

/**
 * Deadlines of leases: a map from id to slot, and a binary heap of slots by the time at which they
 * want attention. A lease costs some eighty bytes and no object.
 *
 * <p>The time in the heap may lie before the deadline, never behind: a keep-alive only moves the
 * deadline, and the slot sinks to its new place when it comes up. So a keep-alive costs one
 * look-up, everything else O(log leases). Confined to the duty loop.
 */
final class LeaseDeadlines {

  private static final int NONE = -1;

  private final Long2IntOpenHashMap slots = new Long2IntOpenHashMap();
  private long[] ids = new long[64];
  private long[] grantIndex = new long[64];
  private long[] ttlSeconds = new long[64];
  private long[] deadlineNs = new long[64];
  private long[] dueNs = new long[64];
  private byte[] flags = new byte[64];

  /** Position in the heap, or the next free slot when not in use. */
  private int[] heapAt = new int[64];

  private int[] heap = new int[64];
  private int size;
  private int used;
  private int free = NONE;

  LeaseDeadlines() {
    slots.defaultReturnValue(NONE);
  }

  int size() {
    return size;
  }

  /** The slot of a lease, or a negative number. */
  int find(long leaseId) {
    return slots.get(leaseId);
  }

  /** The slot of exactly this lease, or a negative number: its id may have been another's. */
  int find(Lease lease) {
    int slot = slots.get(lease.id());
    return slot >= 0 && grantIndex[slot] == lease.grantIndex() ? slot : NONE;
  }

  /** Adds a lease, due at its deadline, or replaces what has its id. */
  int put(Lease lease, long deadline) {
    long leaseId = lease.id();
    remove(leaseId);
    int slot = free;
    if (slot == NONE) {
      slot = used++;
      if (slot == ids.length) {
        grow();
      }
    } else {
      free = heapAt[slot];
    }
    slots.put(leaseId, slot);
    ids[slot] = leaseId;
    grantIndex[slot] = lease.grantIndex();
    ttlSeconds[slot] = lease.ttlSeconds();
    deadlineNs[slot] = deadline;
    dueNs[slot] = deadline;
    flags[slot] = 0;
    siftUp(size++, slot);
    return slot;
  }

  /** Removes a lease, if it is there. */
  void remove(long leaseId) {
    int slot = slots.remove(leaseId);
    if (slot == NONE) {
      return;
    }
    int at = heapAt[slot];
    int last = heap[--size];
    if (last != slot) {
      siftUp(at, last);
      siftDown(heapAt[last], last);
    }
    heapAt[slot] = free;
    free = slot;
  }

  void clear() {
    slots.clear();
    slots.trim();
    size = 0;
    used = 0;
    free = NONE;
  }

  /** The slot that wants attention first; there is one. */
  int first() {
    Check.that(size > 0, "no lease wants attention");
    return heap[0];
  }

  long firstDueNs() {
    return size == 0 ? Long.MAX_VALUE : dueNs[heap[0]];
  }

  long id(int slot) {
    return ids[slot];
  }

  long ttlSeconds(int slot) {
    return ttlSeconds[slot];
  }

  long deadlineNs(int slot) {
    return deadlineNs[slot];
  }

  /** Moves a deadline further away; the slot comes up no later than it would have. */
  void extend(int slot, long deadline) {
    Check.that(deadline - deadlineNs[slot] >= 0, "P18 a deadline moved closer", ids[slot]);
    deadlineNs[slot] = deadline;
  }

  /** Says when a slot wants attention next. */
  void due(int slot, long ns) {
    dueNs[slot] = ns;
    siftUp(heapAt[slot], slot);
    siftDown(heapAt[slot], slot);
  }

  boolean has(int slot, int flag) {
    return (flags[slot] & flag) != 0;
  }

  void set(int slot, int flag, boolean value) {
    flags[slot] = (byte) (value ? flags[slot] | flag : flags[slot] & ~flag);
  }

  private boolean before(int a, int b) {
    return dueNs[a] - dueNs[b] < 0;
  }

  private void siftUp(int from, int slot) {
    int at = from;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (!before(slot, heap[parent])) {
        break;
      }
      place(at, heap[parent]);
      at = parent;
    }
    place(at, slot);
  }

  private void siftDown(int from, int slot) {
    int at = from;
    while (true) {
      int child = 2 * at + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && before(heap[child + 1], heap[child])) {
        child++;
      }
      if (!before(heap[child], slot)) {
        break;
      }
      place(at, heap[child]);
      at = child;
    }
    place(at, slot);
  }

  private void place(int at, int slot) {
    heap[at] = slot;
    heapAt[slot] = at;
  }

  private void grow() {
    int capacity = ids.length + (ids.length >> 1);
    ids = Arrays.copyOf(ids, capacity);
    grantIndex = Arrays.copyOf(grantIndex, capacity);
    ttlSeconds = Arrays.copyOf(ttlSeconds, capacity);
    deadlineNs = Arrays.copyOf(deadlineNs, capacity);
    dueNs = Arrays.copyOf(dueNs, capacity);
    flags = Arrays.copyOf(flags, capacity);
    heapAt = Arrays.copyOf(heapAt, capacity);
    heap = Arrays.copyOf(heap, capacity);
  }
}
