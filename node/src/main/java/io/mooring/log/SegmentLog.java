package io.mooring.log;

import io.mooring.base.Check;
import io.mooring.loop.Loop;
import io.mooring.raft.core.Append;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.HardState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The durable log of one member: segment files, written in groups, each with one write and one
 * sync. After any failure it refuses everything (S2, S3).
 *
 * <p>Confined to the log thread, but for opening, which happens before that thread has anything to
 * do with it. The format is drawn at {@link SegmentHeader} and {@link Records}.
 */
public final class SegmentLog {

  private static final int START_BUFFER_BYTES = 1 << 20;

  private final FileStore store;
  private final LogConfig config;
  private final Loop clock;
  private final LogMeter meter = new LogMeter();
  private final SegmentPreparer preparer;
  private final Records records = new Records();

  /** Oldest first; the last one is written to. */
  private final List<Segment> segments;

  private FileStore.File file;
  private LogTail tail;
  private final @Nullable EntryId anchor;

  /** Before the anchor's group, as found when opening. */
  private final @Nullable LogPlace anchorPlace;

  /** Found when opening, from the anchor on. */
  private final Overwrites overwrites;

  /** Bytes up to which the segment in use is filled with zeros; beyond, a switch is due. */
  private long fileBytes;

  private ByteBuffer buffer = ByteBuffer.allocateDirect(START_BUFFER_BYTES);
  private boolean failed;

  /** Whether the mark of a clean shutdown is still there; it goes before the first write. */
  private boolean marked;

  SegmentLog(
      FileStore store,
      LogConfig config,
      Loop background,
      List<Segment> segments,
      FileStore.File file,
      LogTail tail,
      @Nullable EntryId anchor,
      @Nullable LogPlace anchorPlace,
      Overwrites overwrites,
      boolean marked)
      throws IOException {
    this.store = store;
    this.config = config;
    this.clock = background;
    this.preparer = new SegmentPreparer(store, background, config.segmentBytes());
    this.segments = new ArrayList<>(segments);
    this.file = file;
    this.tail = tail;
    this.anchor = anchor;
    this.anchorPlace = anchorPlace;
    this.overwrites = overwrites;
    this.marked = marked;
    this.fileBytes = file.size();
    preparer.begin(active().header().sequence() + 1);
  }

  /** Whether a directory holds a log. */
  public static boolean exists(FileStore store) throws IOException {
    return store.list().stream().anyMatch(Segment::isName);
  }

  /**
   * Creates an empty log, durably.
   *
   * @param background where segments are prepared and deleted; may block
   */
  public static SegmentLog create(FileStore store, LogConfig config, Loop background) {
    return LogOpener.create(store, config, background);
  }

  /**
   * Opens a log, repairs a torn tail, and refuses everything else that is not as it was written.
   *
   * @param background where segments are prepared and deleted; may block
   * @param anchorIndex index applied by the engine; what stands before its segment is not read
   * @throws LogException naming file, offset and index
   */
  public static SegmentLog open(
      FileStore store, LogConfig config, Loop background, long anchorIndex) {
    return new LogOpener(store, config, background, anchorIndex).open();
  }

  /**
   * Refuses a log of another member before anything else is touched; {@link #open} does so too, but
   * it needs to know what the engine has applied, and opening an engine writes.
   *
   * @throws LogException naming both
   */
  public static void checkOwner(FileStore store, LogConfig config, Loop background)
      throws IOException {
    new LogOpener(store, config, background, 0).checkOwner();
  }

  /**
   * The entry behind which a log was begun anew last, by {@link #restart}; 0 when it never was, or
   * when that beginning has been truncated since. Looks at headers only.
   */
  public static EntryId beginning(FileStore store, LogConfig config, Loop background)
      throws IOException {
    return new LogOpener(store, config, background, 0).beginning();
  }

  /** Newest durable term and vote. */
  public HardState hardState() {
    return tail.hardState();
  }

  /** What writing costs. Any thread. */
  public LogMeter meter() {
    return meter;
  }

  /** Last durable entry. */
  public EntryId last() {
    return tail.last();
  }

  /** Index recorded as committed; what is really committed may be higher. */
  public long commitIndex() {
    return tail.commitIndex();
  }

  /** The entry right before the oldest one that is still here. */
  public EntryId previous() {
    return segments.get(0).header().previous();
  }

  /** The entry at the anchor index, as found when opening; null when the log does not know it. */
  public @Nullable EntryId anchor() {
    return anchor;
  }

  /**
   * An entry from behind which reading costs as much as from behind the anchor: the one right
   * before the anchor's segment. It is the anchor itself where a new leader has replaced that one
   * since, for then the segment's header names an entry that nobody has any more.
   */
  public EntryId beforeAnchor() {
    EntryId known = Check.present(anchor, "S10 the log does not know its anchor");
    SegmentHeader header = segments.get(0).header();
    for (Segment segment : segments) {
      if (segment.header().previous().index() <= known.index()) {
        header = segment.header();
      }
    }
    EntryId before = header.previous();
    return overwrites.isLive(header.groupNumber(), before.index()) ? before : known;
  }

  /** Reads entries from an index on. To be closed before the first append. */
  public LogReader reader(long fromIndex) {
    EntryId known = anchor;
    LogPlace place = anchorPlace;
    return known == null || place == null || fromIndex <= known.index()
        ? new LogReader(store, segments, fromIndex)
        : new LogReader(store, segments, fromIndex, place, overwrites);
  }

  /** Writes a group and syncs it. When this returns, what it persists is durable. */
  public void append(Append append) {
    Check.that(!failed, "S2 append after a failure");
    failed = true;
    try {
      if (marked) {
        CleanMark.remove(store);
        marked = false;
      }
      long bytes = groupBytes(append);
      boolean hasEntries = tail.last().index() >= active().firstIndex();
      if (tail.position() + bytes > fileBytes && hasEntries) {
        switchSegment();
      }
      LogTail reached = encode(append, bytes);
      long beganNs = clock.nowNs();
      FileStore.writeFully(file, buffer, tail.position());
      long writtenNs = clock.nowNs();
      file.sync();
      meter.writeNs.record(writtenNs - beganNs);
      meter.fsyncNs.record(clock.nowNs() - writtenNs);
      meter.writtenBytes.add(bytes);
      tail = reached;
      fileBytes = Math.max(fileBytes, tail.position());
    } catch (IOException e) {
      throw LogException.io(active().name(), "writing at offset " + tail.position(), e);
    }
    Check.that(tail.last().equals(append.persisted().last()), "R11 the log ends elsewhere");
    Check.that(tail.hardState().equals(append.persisted().hardState()), "R3 another hard state");
    failed = false;
  }

  /**
   * Deletes segments all of whose entries are below an index. The caller has made sure that every
   * entry below it is durable in the engine (R25, S11).
   */
  public void truncateBefore(long index) {
    Check.that(index <= tail.last().index() + 1, "R25 truncation beyond the log", index);
    while (segments.size() > 1 && segments.get(1).firstIndex() <= index) {
      preparer.delete(segments.remove(0).name());
    }
  }

  /**
   * Begins anew behind an installed transfer snapshot: all entries go, durably and in one step, so
   * that a crash leaves the old log or the new one, whole. The step is that the first segment of
   * the new log gets its name: it says that nothing of a lower sequence counts any more.
   *
   * @param installed the entry that the snapshot was made after; committed
   * @param hardState the newest, perhaps not yet durable before
   */
  public void restart(EntryId installed, HardState hardState) {
    Check.that(!failed, "S2 restart after a failure");
    Check.that(installed.index() > tail.commitIndex(), "R24 old snapshot", installed.index());
    Check.that(hardState.term() >= tail.hardState().term(), "R2 term fell", hardState.term());
    Check.that(installed.term() <= hardState.term(), "R6 entry above the term", installed.term());
    failed = true;
    List<Segment> old = List.copyOf(segments);
    SegmentHeader before = active().header();
    SegmentHeader header =
        new SegmentHeader(
            config.segmentIds().getAsLong(),
            before.sequence() + 1,
            config.clusterId(),
            config.memberId(),
            installed,
            0,
            0,
            hardState,
            installed.index(),
            tail.groupNumber(),
            tail.chain());
    try {
      if (marked) {
        CleanMark.remove(store);
        marked = false;
      }
      begin(header, true);
      segments.subList(0, old.size()).clear();
      removeAll(old, active());
    } catch (IOException e) {
      throw LogException.io(active().name(), "beginning anew behind " + installed, e);
    }
    failed = false;
  }

  /** Removes what the log was before. Names that it may use again are free when this returns. */
  private void removeAll(List<Segment> old, Segment beginning) throws IOException {
    boolean removed = false;
    for (Segment segment : old) {
      if (segment.firstIndex() < beginning.firstIndex()) {
        preparer.delete(segment.name());
      } else if (segment.firstIndex() > beginning.firstIndex()) {
        store.delete(segment.name());
        removed = true;
      }
    }
    if (removed) {
      store.syncDirectory();
    }
  }

  /**
   * Ends the use of the files.
   *
   * @param clean leave the mark that nothing is missing; only when all that was appended was synced
   */
  public void close(boolean clean) {
    preparer.close();
    try {
      file.close();
      if (clean && !failed && !marked) {
        CleanMark.of(active().header(), tail).write(store);
      }
    } catch (IOException e) {
      throw LogException.io(active().name(), "closing", e);
    } finally {
      failed = true;
    }
  }

  private Segment active() {
    return segments.get(segments.size() - 1);
  }

  private static long groupBytes(Append append) {
    long bytes = Records.GROUP_BYTES;
    for (Entry entry : append.entries()) {
      Check.that(entry.data().length <= Records.MAX_PAYLOAD_BYTES, "S4 entry too long");
      bytes += Records.recordBytes(entry.data().length);
    }
    return bytes;
  }

  /** Fills the buffer with a group; returns what the log will have reached with it. */
  private LogTail encode(Append append, long bytes) {
    if (buffer.capacity() < bytes) {
      buffer = ByteBuffer.allocateDirect(Math.toIntExact(bytes));
    }
    buffer.clear();
    HardState hardState = append.hardState() == null ? tail.hardState() : append.hardState();
    Check.that(hardState.term() >= tail.hardState().term(), "R2 term fell", hardState.term());
    long number = tail.groupNumber() + 1;
    long id = active().header().id();
    byte[] group = new byte[Records.GROUP_PAYLOAD_BYTES];
    ByteBuffer.wrap(group)
        .putLong(bytes)
        .putLong(tail.position())
        .putLong(hardState.vote())
        .putLong(append.commitIndex());
    int chain =
        records.encode(
            buffer, Records.TYPE_GROUP, number, hardState.term(), id, group, tail.chain());
    EntryId last = tail.last();
    for (Entry entry : append.entries()) {
      if (entry == append.entries().get(0) && entry.index() <= last.index()) {
        // A new leader's entries take the place of what was never committed; see Overwrites.
        Check.that(
            entry.index() > tail.commitIndex(), "R9 overwrites what is committed", entry.index());
      } else {
        Check.that(entry.index() == last.index() + 1, "R26 gap in the log", entry.index());
        Check.that(entry.term() >= last.term(), "R6 term fell along the log", entry.term());
      }
      Check.that(entry.term() <= hardState.term(), "R6 entry above the term", entry.term());
      byte type = Records.type(entry.kind());
      chain = records.encode(buffer, type, entry.index(), entry.term(), id, entry.data(), chain);
      last = EntryId.of(entry);
    }
    Check.that(buffer.position() == bytes, "S4 group length", buffer.position(), bytes);
    buffer.flip();
    return new LogTail(
        tail.position() + bytes, chain, number, last, hardState, append.commitIndex());
  }

  /** The header, the name and the directory are durable before the first record counts (S7). */
  private void switchSegment() throws IOException {
    SegmentHeader before = active().header();
    SegmentHeader header =
        new SegmentHeader(
            config.segmentIds().getAsLong(),
            before.sequence() + 1,
            config.clusterId(),
            config.memberId(),
            tail.last(),
            before.id(),
            tail.position(),
            tail.hardState(),
            tail.commitIndex(),
            tail.groupNumber(),
            tail.chain());
    begin(header, false);
  }

  /** Makes a segment the one that is written to. */
  private void begin(SegmentHeader header, boolean replaces) throws IOException {
    SegmentPreparer.Prepared prepared = preparer.take();
    // On a slow disk the next one may not be ready. An unfilled one is correct, only slower.
    String temporary =
        prepared == null ? "unfilled-" + header.sequence() + ".tmp" : prepared.name();
    FileStore.File next = prepared == null ? store.create(temporary) : prepared.file();
    Segment segment = LogOpener.install(store, next, temporary, header, replaces);
    file.close();
    segments.add(segment);
    file = next;
    fileBytes = prepared == null ? config.segmentBytes() : next.size();
    tail = LogTail.startOf(header);
    preparer.begin(header.sequence() + 1);
  }
}
