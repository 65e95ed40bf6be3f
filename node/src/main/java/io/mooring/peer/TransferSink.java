package io.mooring.peer;

import io.mooring.loop.Loop;
import io.mooring.raft.core.Message;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** Takes states that other members send, one at a time. Called on the peer loop. */
public interface TransferSink {

  /**
   * Begins to take one.
   *
   * @param caller the loop that futures resume on
   * @param snapshot what it is, as it will be handed to consensus
   * @param leastBytes that will come; 0 when that is not known
   * @return null when one is here already, or none is taken any more
   */
  @Nullable Arriving begin(Loop caller, Message.InstallSnapshot snapshot, long leastBytes);

  /** A state that arrives. */
  interface Arriving {

    /**
     * Takes the next chunk; the one before has been taken.
     *
     * @param bytes frozen
     * @return whether that was the last, once it is stored; fails when the stream is damaged, or
     *     there is no room for it
     */
    Future<Boolean> chunk(byte[] bytes);

    /** After the last chunk: whether the state is in place, once that is known. */
    Future<Boolean> install();

    /** The rest will not come; what has come is dropped. No effect once it is being installed. */
    void abandon();
  }
}
