package io.mooring.watch;

import io.mooring.base.WireBuffer;

/** The outgoing half of one client's watch stream, as a hub sees it. Hub's loop only. */
public interface WatchStream {

  /**
   * Whether the client does not keep up. Control messages may still be written; events wait in the
   * engine until {@link WatchSession#drained}.
   */
  boolean full();

  /** Writes an encoded {@code WatchResponse}; no effect once the stream has closed. */
  void write(WireBuffer response);
}
