package io.mooring.api.storage;

import java.nio.file.Path;

/**
 * What an engine is opened with.
 *
 * @param directory its own directory, existing; nobody else writes there
 * @param listener told of durability, reclaiming and faults
 * @param pins revisions that must stay readable
 * @param cacheBytes bound of the engine's caches on heap and off it together
 * @param maxBacklogBytes bound of committed bytes not yet durable; commit waits beyond it
 * @param maxBacklogEntries bound of applied log entries not yet durable; likewise
 */
public record EngineConfig(
    Path directory,
    EngineListener listener,
    PinRegistry pins,
    long cacheBytes,
    long maxBacklogBytes,
    long maxBacklogEntries) {

  /** 64 MiB: with {@link #DEFAULT_MAX_BACKLOG_ENTRIES} it bounds the replay at start. */
  public static final long DEFAULT_MAX_BACKLOG_BYTES = 64L << 20;

  /** See {@link #DEFAULT_MAX_BACKLOG_BYTES}. */
  public static final long DEFAULT_MAX_BACKLOG_ENTRIES = 100_000;

  /** 256 MiB. */
  public static final long DEFAULT_CACHE_BYTES = 256L << 20;

  /** A configuration with the default bounds. */
  public static EngineConfig of(Path directory, EngineListener listener, PinRegistry pins) {
    return new EngineConfig(
        directory,
        listener,
        pins,
        DEFAULT_CACHE_BYTES,
        DEFAULT_MAX_BACKLOG_BYTES,
        DEFAULT_MAX_BACKLOG_ENTRIES);
  }
}
