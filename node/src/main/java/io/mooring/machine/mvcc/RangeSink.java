package io.mooring.machine.mvcc;

import java.nio.ByteBuffer;

/** Where the key-values of a range go, in the order of the answer. */
public interface RangeSink {

  /**
   * Takes one encoded {@code mvccpb.KeyValue}: what lies between position and limit. Borrowed,
   * read-only, valid during the call; its position may be moved.
   */
  void keyValue(ByteBuffer encoded);
}
