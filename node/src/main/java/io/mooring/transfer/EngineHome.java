package io.mooring.transfer;

import io.mooring.raft.core.EntryId;
import java.io.IOException;
import java.nio.file.Path;

/** Where a member's engines live, a directory each. On the transfer loop; blocks. */
public interface EngineHome {

  /** An empty directory for what is being received. */
  Path incoming() throws IOException;

  /** Bytes that may still be written to the disk that all of them are on. */
  long freeBytes() throws IOException;

  /** The live engine. */
  Path live() throws IOException;

  /**
   * An empty directory for an engine that may take the live one's place; one is there at a time.
   */
  Path prepareNext() throws IOException;

  /**
   * Notes, durably, that the next engine is whole and durable itself. From now on a start takes it
   * if the log begins behind an entry.
   *
   * @param last the entry that its state was made after
   */
  void announce(EntryId last) throws IOException;

  /** Makes the announced engine the live one, durably. */
  void adopt() throws IOException;

  /** Removes a directory and all that is in it. */
  void remove(Path directory) throws IOException;
}
