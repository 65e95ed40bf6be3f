package io.mooring.raft.core;

/**
 * One position of the log.
 *
 * @param index from 1, without gaps
 * @param term leadership epoch in which it was proposed, never falling along the log
 * @param kind what the bytes are
 * @param data frozen once here, and shared, not copied
 */
@SuppressWarnings("ArrayRecordComponent") // frozen, and identity is never compared
public record Entry(long index, long term, Kind kind, byte[] data) {

  /** What an entry costs beside its bytes, so that empty ones are not free to any bound. */
  private static final long OVERHEAD_BYTES = 48;

  /** What this counts for in every bound. */
  public long sizeBytes() {
    return sizeBytes(data.length);
  }

  static long sizeBytes(int dataBytes) {
    return OVERHEAD_BYTES + dataBytes;
  }

  /** What an entry holds. The number is part of the log's format: never renumber. */
  public enum Kind {
    /** Nothing: a new leader's first entry. */
    EMPTY(0),
    /** A command for the state machine. */
    COMMAND(1),
    /** A configuration change. */
    CONFIG(2);

    private final int id;

    Kind(int id) {
      this.id = id;
    }

    /** The number in stored and sent bytes. */
    public int id() {
      return id;
    }
  }
}
