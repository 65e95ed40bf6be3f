package io.mooring.watch;

import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Keeps history readable from the lowest position of those that catch up, so that compaction does
 * not overtake who is on the way. It follows them: removal waits for what they have not read yet,
 * and for a position that does not move at most {@link #HOLD_NS}. Then it lets go, and who stands
 * there hears that it was compacted. A watcher whose own stream is full holds nothing. When another
 * engine has taken the place of the pinned one, as much is pinned there as is still there.
 *
 * <p>Confined to the hub's loop.
 */
final class CatchUpPin {

  /** How long one position may hold back the removal of what was compacted. */
  static final long HOLD_NS = 30_000_000_000L;

  /** Lets go so long before the end that a read under way does not outlive the pin. */
  private static final long MARGIN_NS = 5_000_000_000L;

  private static final String OWNER = "watch catch-up";

  private final PinRegistry pins;
  private PinRegistry.@Nullable Pin pin;
  private long position = Long.MAX_VALUE;
  private long deadlineNs;

  CatchUpPin(PinRegistry pins) {
    this.pins = pins;
  }

  /**
   * Follows the lowest position.
   *
   * @param lowest {@link Long#MAX_VALUE} when nobody catches up
   */
  void follow(MvccEngine engine, long lowest, long nowNs) {
    PinRegistry.Pin held = pin;
    boolean replaced = held != null && !held.isOf(engine);
    if (lowest == position && !replaced) {
      if (held != null && nowNs - deadlineNs + MARGIN_NS >= 0) {
        held.close();
        pin = null;
      }
      return;
    }
    position = lowest;
    deadlineNs = nowNs + HOLD_NS;
    if (lowest == Long.MAX_VALUE) {
      pin = null;
    } else if (held != null && held.revision() <= lowest) {
      // What the old pin has kept until now, the new one keeps on.
      PinRegistry.Pin next = held.above(lowest, deadlineNs);
      pin = next;
      if (held.broken() || replaced) {
        next.close();
        pin = pins.tryPin(engine, lowest, OWNER, deadlineNs);
      }
    } else {
      PinRegistry.Pin lower = pins.tryPin(engine, lowest, OWNER, deadlineNs);
      if (lower == null && held != null && !replaced) {
        return; // it still serves all but the new one
      }
      pin = lower;
    }
    if (held != null) {
      held.close();
    }
  }

  /** What is held now, for a read that begins. */
  PinRegistry.@Nullable Pin held() {
    return pin;
  }
}
