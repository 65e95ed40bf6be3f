package io.mooring.raft.core;

/**
 * What will be an entry once a leader gives it an index and a term.
 *
 * @param kind a command or a configuration change
 * @param data frozen once here, and shared, not copied
 */
@SuppressWarnings("ArrayRecordComponent") // frozen, and identity is never compared
public record Payload(Entry.Kind kind, byte[] data) {

  /** What the entry will count for in every bound. */
  public long sizeBytes() {
    return Entry.sizeBytes(data.length);
  }
}
