package io.mooring.log;

import io.mooring.loop.Loop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fills the next segment with zeros ahead of time, on a loop of its own, so that neither a switch
 * of segments nor a sync has to allocate blocks: writing over zeros syncs markedly faster than
 * growing a file. It works in slices, each synced, to leave the disk to the log in between. Also
 * deletes old segments, since freeing their blocks takes a while.
 */
final class SegmentPreparer {

  private static final Logger LOG = LoggerFactory.getLogger(SegmentPreparer.class);
  private static final int SLICE_BYTES = 1 << 20;

  private final FileStore store;
  private final Loop background;
  private final long segmentBytes;
  private final ByteBuffer zeros = ByteBuffer.allocateDirect(SLICE_BYTES);

  /** The way across the threads: a whole, synced file under a temporary name. */
  private final AtomicReference<@Nullable Prepared> done = new AtomicReference<>();

  // Confined to the background loop.
  private boolean deletionFailed;
  private boolean closed;
  private FileStore.@Nullable File filling;

  /** A file of zeros. */
  record Prepared(String name, FileStore.File file) {}

  SegmentPreparer(FileStore store, Loop background, long segmentBytes) {
    this.store = store;
    this.background = background;
    this.segmentBytes = segmentBytes;
  }

  /**
   * Starts a file, unless one is on its way or waits. Called by the log thread at each switch, so
   * that a preparation that failed is made up for.
   *
   * @param number never used before
   */
  void begin(long number) {
    background.execute(() -> create("prepared-" + number + ".tmp"));
  }

  /** The file, when it is finished; otherwise null, and it stays for a later switch. */
  @Nullable Prepared take() {
    return done.getAndSet(null);
  }

  /** Deletes a file; files go in the order of the calls, each durably before the next. */
  void delete(String name) {
    background.execute(
        () -> {
          if (deletionFailed || closed) {
            return;
          }
          try {
            store.delete(name);
            // Without this a crash might keep an older segment and lose a newer one.
            store.syncDirectory();
          } catch (IOException e) {
            // The older ones must go first, so none goes until the next start.
            deletionFailed = true;
            LOG.warn("log {}: could not be deleted: {}", name, e.getMessage());
          }
        });
  }

  /** Lets go of the file; it is removed at the next start. */
  void close() {
    background.execute(
        () -> {
          closed = true;
          closeQuietly(filling);
          filling = null;
          Prepared prepared = done.getAndSet(null);
          closeQuietly(prepared == null ? null : prepared.file());
        });
  }

  private void create(String name) {
    if (closed || filling != null || done.get() != null) {
      return;
    }
    try {
      filling = store.create(name);
      fill(name, filling, 0);
    } catch (IOException e) {
      failed(name, e);
    }
  }

  private void fill(String name, FileStore.File file, long from) {
    if (closed) {
      return;
    }
    try {
      ByteBuffer slice =
          zeros.duplicate().clear().limit((int) Math.min(SLICE_BYTES, segmentBytes - from));
      int bytes = slice.remaining();
      FileStore.writeFully(file, slice, from);
      file.sync();
      long next = from + bytes;
      if (next < segmentBytes) {
        background.execute(() -> fill(name, file, next));
      } else {
        filling = null;
        done.set(new Prepared(name, file));
      }
    } catch (IOException e) {
      failed(name, e);
    }
  }

  /** A full disk is no reason to stop while the segment in use has room: the switch will tell. */
  private void failed(String name, IOException e) {
    LOG.warn("log {}: could not prepare a segment: {}", name, e.getMessage());
    closeQuietly(filling);
    filling = null;
    try {
      store.delete(name);
    } catch (IOException ignored) {
      // It is a temporary file; the next start removes it.
    }
  }

  private static void closeQuietly(FileStore.@Nullable File file) {
    if (file == null) {
      return;
    }
    try {
      file.close();
    } catch (IOException e) {
      LOG.warn("log: closing a prepared segment failed: {}", e.getMessage());
    }
  }
}
