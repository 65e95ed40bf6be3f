package io.mooring.api.storage;

/**
 * A multi-version store: "key at revision", "range at revision", "changes since revision".
 *
 * <p>Threads: {@link #begin}, the batch, {@link #maintain} and {@link #close} belong to the apply
 * thread; all else may be called by any thread. Errors are {@link EngineException}s; one that
 * concerns stored data is also told to {@link EngineListener#failed}, and the engine then refuses
 * further writes.
 */
public interface MvccEngine extends AutoCloseable {

  /** The provider's name. */
  String name();

  /** The state of the newest commit. */
  EngineState state();

  /** Applied index of the newest commit that a crash now would keep. Never blocks. */
  long durableIndex();

  /**
   * Applied index that a start may fall back to when the newest that was made durable turns out
   * damaged: log entries above it must be kept. Never above {@link #durableIndex}, never blocks.
   */
  default long fallbackIndex() {
    return durableIndex();
  }

  /** Opens the only write batch; commit or discard it before the next. */
  WriteBatch begin();

  /** Opens a read view of the newest commit. */
  Snapshot snapshot();

  /**
   * Answers a point read from heap memory, touching no disk page and waiting for nobody, so that it
   * may be called on an event loop.
   *
   * @param atRevision a main revision not above {@code state().revision()} and not below the
   *     compact revision
   */
  Peek peek(byte[] key, long atRevision);

  /** Whether snapshots are heap memory altogether, so that bounded reads may run on event loops. */
  boolean heapResident();

  /**
   * One bounded slice (a few milliseconds) of the upkeep that this engine leaves to the apply
   * thread, such as reclaiming what compaction has freed.
   *
   * @return whether more is waiting
   */
  boolean maintain();

  /**
   * Everything below this compact revision has been physically removed; -1 when never compacted.
   */
  long reclaimedRevision();

  /**
   * Blocks until all commits so far are durable.
   *
   * @return the applied index that is durable now
   */
  long sync();

  /** Figures for operators. Never blocks. */
  EngineStats stats();

  /**
   * Waits for open snapshots (bounded), writes what is pending unless that would take long, and
   * releases every resource. What is above {@link #durableIndex} afterwards, the log has.
   */
  @Override
  void close();
}
