package io.mooring.peer;

import io.mooring.loop.Loop;
import io.mooring.raft.core.Transfer;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** This member's state, as others get it. Called on the peer loop; never blocks it. */
public interface TransferSource {

  /**
   * Freezes the state as it is now.
   *
   * @param caller the loop that futures resume on
   */
  Future<Opened> open(Loop caller);

  /** A state that is being sent. It holds memory and disk of this member until it is closed. */
  interface Opened extends AutoCloseable {

    /** What it is. */
    Transfer transfer();

    /** Bytes that it has at least. */
    long leastBytes();

    /** The next chunk, frozen, or null after the last. Not to be called before the one before. */
    Future<byte @Nullable []> next();

    /** Lets go of it. A second call has no effect. */
    @Override
    void close();
  }
}
