package io.mooring.log;

import io.mooring.loop.Loop;
import io.mooring.raft.core.Append;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.HardState;
import io.mooring.raft.core.Persisted;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way from the raft loop to the log thread and back. The core has one append in flight, so
 * there is at most one of each message under way. Whatever fails on the log thread ends the member:
 * that loop's fatal handler hears it, and nothing is answered.
 */
public final class LogWriter {

  private final Loop raftLoop;
  private final Loop logLoop;
  private final SegmentLog log;

  /** Binds an open log to the loops; from now on the log belongs to the log loop. */
  public LogWriter(Loop raftLoop, Loop logLoop, SegmentLog log) {
    this.raftLoop = raftLoop;
    this.logLoop = logLoop;
    this.log = log;
  }

  /**
   * Writes and syncs a group.
   *
   * @param onPersisted runs on the raft loop once it is durable
   */
  public void append(Append append, Consumer<Persisted> onPersisted) {
    logLoop.execute(
        () -> {
          log.append(append);
          raftLoop.execute(() -> onPersisted.accept(append.persisted()));
        });
  }

  /** See {@link SegmentLog#truncateBefore}. */
  public void truncateBefore(long index) {
    logLoop.execute(() -> log.truncateBefore(index));
  }

  /** See {@link SegmentLog#restart}; resumes on the raft loop. No append may be under way. */
  public Future<Void> restart(EntryId installed, HardState hardState) {
    return onLogLoop(
        () -> {
          log.restart(installed, hardState);
          return null;
        });
  }

  /** Reads on for recovery; resumes on the raft loop. */
  public Future<List<Entry>> read(LogReader reader, long maxBytes) {
    return onLogLoop(() -> reader.next(maxBytes));
  }

  /** Closes the log; resumes on the raft loop. */
  public Future<Void> close(boolean clean) {
    return onLogLoop(
        () -> {
          log.close(clean);
          return null;
        });
  }

  private <T> Future<T> onLogLoop(Supplier<@Nullable T> work) {
    Promise<T> promise = raftLoop.promise();
    logLoop.execute(() -> promise.tryComplete(work.get()));
    return promise.future();
  }
}
