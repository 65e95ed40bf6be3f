package io.mooring.machine.mvcc;

/**
 * How much of its own answer one command may read while it is applied. What a command shows (ranges
 * of a transaction, previous values) changes nothing in the state, and everybody waits for the
 * apply thread: so it is read there only if somebody waits for it, and only up to a bound. The rest
 * becomes {@link LateReads}, for a reader.
 *
 * <p>Made afresh for each command, confined to the apply thread. It never decides what is written
 * or refused.
 */
public final class AnswerRoom {

  /** Keys that are walked for the answer of one command: about 0.2 ms. */
  public static final int MAX_KEYS = 1_000;

  /** Bytes after which no further key-value is read for it. */
  public static final long MAX_BYTES = 256 << 10;

  private final boolean wanted;
  private final boolean bounded;
  private int keysLeft;
  private long bytesLeft;

  private AnswerRoom(boolean wanted, boolean bounded, int keys, long bytes) {
    this.wanted = wanted;
    this.bounded = bounded;
    keysLeft = keys;
    bytesLeft = bytes;
  }

  /** Nobody waits: nothing is read, and the answer is worth nothing. */
  public static AnswerRoom unwanted() {
    return new AnswerRoom(false, true, 0, 0);
  }

  /** Somebody waits: what is small is read at once. */
  public static AnswerRoom small() {
    return of(MAX_KEYS, MAX_BYTES);
  }

  /** Somebody waits; so many keys and bytes are read at once, which may be none. */
  public static AnswerRoom of(int keys, long bytes) {
    return new AnswerRoom(true, true, keys, bytes);
  }

  /** All is read at once. For tests, and for comparing members. */
  public static AnswerRoom unlimited() {
    return new AnswerRoom(true, false, Integer.MAX_VALUE, Long.MAX_VALUE);
  }

  /** The room of a command that shows one value at most, which is always read with it. */
  public AnswerRoom forOne() {
    return wanted ? unlimited() : this;
  }

  /** Whether somebody waits for the answer. */
  boolean wanted() {
    return wanted;
  }

  /** Whether something is left. What comes last may go beyond it. */
  boolean left() {
    return keysLeft > 0 && bytesLeft > 0;
  }

  /** Takes room for one key-value. */
  void take(long bytes) {
    if (bounded) {
      keysLeft--;
      bytesLeft -= bytes;
    }
  }

  /**
   * Walks a range that has not begun. Counting what a limit left out is no work for the apply
   * thread, however small it may turn out.
   *
   * @return whether the room sufficed; if not, what the scan handed over is to be dropped
   */
  boolean walk(RangeScan scan) {
    if (!bounded) {
      while (!scan.advance(Integer.MAX_VALUE, Long.MAX_VALUE)) {
        // The count is a step of its own.
      }
      return true;
    }
    if (!left() || scan.countPending() || !scan.advance(keysLeft, bytesLeft)) {
      keysLeft = 0;
      return false;
    }
    keysLeft -= (int) Math.min(keysLeft, 1 + scan.result().count());
    bytesLeft -= scan.handedBytes();
    return true;
  }
}
