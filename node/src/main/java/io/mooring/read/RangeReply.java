package io.mooring.read;

import io.mooring.base.WireBuffer;
import io.mooring.machine.mvcc.RangeResult;
import io.mooring.machine.mvcc.RangeSink;
import java.nio.ByteBuffer;

/**
 * A {@code RangeResponse} being built as wire bytes: stored key-values are already encoded, so a
 * reply is their concatenation. It holds a share of the reply budget that grows with it.
 *
 * <pre>
 * | 0a header | 12, length, key-value | … | 18 more | 20 count |
 * </pre>
 *
 * <p>One thread at a time.
 */
final class RangeReply implements RangeSink {

  private static final int KVS = 2;
  private static final int MORE = 3;
  private static final int COUNT = 4;

  private final WireBuffer out;
  private final ReplyShare share;
  private int keyValues;

  RangeReply(ReplyBudget budget, int firstChunkBytes) {
    this.share = new ReplyShare(budget);
    this.out = new WireBuffer(firstChunkBytes);
  }

  @Override
  public void keyValue(ByteBuffer encoded) {
    out.bytesField(KVS, encoded);
    keyValues++;
  }

  /** Key-values so far. */
  int keyValues() {
    return keyValues;
  }

  /** Bytes so far. */
  int size() {
    return out.size();
  }

  WireBuffer out() {
    return out;
  }

  /** Adds what follows the key-values. */
  void finish(RangeResult result) {
    out.boolField(MORE, result.more());
    out.int64Field(COUNT, result.count());
  }

  /** Takes a share of the budget for what was added since; false when there is none left. */
  boolean reserve() {
    return reserve(0);
  }

  /**
   * The same, with what is held beside it and will become part of it, such as what a sort collects.
   */
  boolean reserve(long besideBytes) {
    return share.cover(out.size() + besideBytes);
  }

  ReplyShare share() {
    return share;
  }

  /** Gives back the share. Called once. */
  void release() {
    share.release();
  }
}
