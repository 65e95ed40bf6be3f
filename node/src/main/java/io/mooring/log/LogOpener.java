package io.mooring.log;

import io.mooring.loop.Loop;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.HardState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a log: headers of all segments, records from the anchor's segment on. What it may change is
 * only what the sync of the last group never covered; every step can be repeated after a crash.
 */
final class LogOpener {

  private static final Logger LOG = LoggerFactory.getLogger(LogOpener.class);

  private final FileStore store;
  private final LogConfig config;
  private final Loop background;
  private final long anchorIndex;
  private @Nullable EntryId anchor;
  private @Nullable LogPlace anchorPlace;
  private final Overwrites overwrites = new Overwrites();

  LogOpener(FileStore store, LogConfig config, Loop background, long anchorIndex) {
    this.store = store;
    this.config = config;
    this.background = background;
    this.anchorIndex = anchorIndex;
  }

  static SegmentLog create(FileStore store, LogConfig config, Loop background) {
    try {
      for (String name : store.list()) {
        removeTemporary(store, name);
      }
      SegmentHeader header =
          new SegmentHeader(
              config.segmentIds().getAsLong(),
              1,
              config.clusterId(),
              config.memberId(),
              EntryId.ZERO,
              0,
              0,
              HardState.NONE,
              0,
              0,
              0);
      FileStore.File file = store.create("first.tmp");
      FileStore.writeFully(file, ByteBuffer.allocate((int) config.firstSegmentBytes()), 0);
      Segment first = install(store, file, "first.tmp", header, false);
      LogTail tail = LogTail.startOf(header);
      return new SegmentLog(
          store,
          config,
          background,
          List.of(first),
          file,
          tail,
          EntryId.ZERO,
          null,
          new Overwrites(),
          false);
    } catch (IOException e) {
      throw LogException.io(store.toString(), "creating", e);
    }
  }

  /**
   * Turns a temporary file of zeros into a segment: header, sync, name, directory (S7).
   *
   * @param replaces whether it may take the place of a file of its name
   */
  static Segment install(
      FileStore store,
      FileStore.File file,
      String temporary,
      SegmentHeader header,
      boolean replaces)
      throws IOException {
    FileStore.writeFully(file, header.encode(), 0);
    file.sync();
    Segment segment = new Segment(Segment.nameOf(header.firstIndex()), header);
    if (replaces) {
      store.replace(temporary, segment.name());
    } else {
      store.rename(temporary, segment.name());
    }
    store.syncDirectory();
    return segment;
  }

  SegmentLog open() {
    try {
      List<String> names = new ArrayList<>(store.list());
      names.sort(null);
      List<Segment> segments = segments(names);
      CleanMark mark = CleanMark.read(store, names);
      LogTail tail = scan(segments, mark);
      FileStore.File file = store.open(segments.get(segments.size() - 1).name());
      return new SegmentLog(
          store,
          config,
          background,
          segments,
          file,
          tail,
          anchor,
          anchorPlace,
          overwrites,
          mark != null);
    } catch (IOException e) {
      throw LogException.io(store.toString(), "opening", e);
    }
  }

  // Files and their headers.

  private List<Segment> segments(List<String> names) throws IOException {
    List<String> segmentNames = new ArrayList<>();
    for (String name : names) {
      if (Segment.isName(name)) {
        segmentNames.add(name);
      } else if (!name.equals(CleanMark.NAME) && !removeTemporary(store, name)) {
        LOG.warn("log {}: {} is not ours and is left alone", store, name);
      }
    }
    dropUnwritten(segmentNames);
    if (segmentNames.isEmpty()) {
      throw new LogException("log lost: no segment with content in " + store);
    }
    List<Segment> segments = new ArrayList<>();
    for (String name : segmentNames) {
      segments.add(new Segment(name, readHeader(name)));
    }
    segments.sort(Comparator.comparingLong(segment -> segment.header().sequence()));
    dropBeforeBeginning(segments);
    for (int i = 1; i < segments.size(); i++) {
      checkFollows(segments.get(i - 1), segments.get(i));
    }
    return segments;
  }

  /**
   * A log that was begun anew takes the place of the one before: that one's files are garbage from
   * then on, in any number that a crash has left.
   */
  private void dropBeforeBeginning(List<Segment> segments) throws IOException {
    int begin = segments.size() - 1;
    while (begin > 0 && !segments.get(begin).header().begins()) {
      begin--;
    }
    List<Segment> garbage = segments.subList(0, begin);
    if (garbage.isEmpty()) {
      return;
    }
    // What they are garbage beside must not be lost before they are: it may have been renamed only.
    store.syncDirectory();
    for (Segment old : garbage) {
      store.delete(old.name());
    }
    store.syncDirectory();
    garbage.clear();
  }

  /** A last segment that holds nothing at all was never in use: its header comes first. */
  private void dropUnwritten(List<String> names) throws IOException {
    if (names.isEmpty()) {
      return;
    }
    String last = names.get(names.size() - 1);
    try (FileStore.File file = store.open(last)) {
      FileWindow window = new FileWindow(last, file);
      // Mostly its header is there; only when that is zero the rest has to be looked at.
      if (window.endOfData(0, SegmentHeader.BYTES) > 0 || window.endOfData(0) > 0) {
        return;
      }
    }
    LOG.warn("log {}: {} holds nothing and is removed", store, last);
    names.remove(last);
    if (!names.isEmpty()) {
      store.delete(last);
      store.syncDirectory();
    }
  }

  /** See {@link SegmentLog#checkOwner}. */
  void checkOwner() throws IOException {
    List<String> names = store.list().stream().filter(Segment::isName).sorted().toList();
    if (!names.isEmpty()) {
      SegmentHeader header;
      try {
        header = decodeHeader(names.get(0));
      } catch (LogException damaged) {
        return; // opening says what is wrong with it
      }
      checkOwner(names.get(0), header);
    }
  }

  /** See {@link SegmentLog#beginning}. */
  EntryId beginning() throws IOException {
    SegmentHeader newest = null;
    for (String name : store.list()) {
      if (Segment.isName(name)) {
        SegmentHeader header = readHeader(name);
        boolean newer = newest == null || header.sequence() > newest.sequence();
        newest = header.begins() && newer ? header : newest;
      }
    }
    return newest == null ? EntryId.ZERO : newest.previous();
  }

  private SegmentHeader readHeader(String name) throws IOException {
    SegmentHeader header = decodeHeader(name);
    checkOwner(name, header);
    return header;
  }

  private SegmentHeader decodeHeader(String name) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(SegmentHeader.BYTES);
    try (FileStore.File file = store.open(name)) {
      FileStore.readFully(file, bytes, 0);
    }
    return SegmentHeader.decode(name, bytes.flip());
  }

  private void checkOwner(String name, SegmentHeader header) {
    if (header.clusterId() != config.clusterId() || header.memberId() != config.memberId()) {
      throw new LogException(
          String.format(
              "log %s belongs to member %x of cluster %x, not to member %x of cluster %x",
              name, header.memberId(), header.clusterId(), config.memberId(), config.clusterId()));
    }
    if (!Segment.nameOf(header.firstIndex()).equals(name)) {
      throw LogException.corrupt(
          name, 0, header.firstIndex(), "the file was written as " + header.firstIndex());
    }
  }

  private static void checkFollows(Segment before, Segment segment) {
    if (segment.header().sequence() != before.header().sequence() + 1) {
      throw new LogException(
          String.format(
              "log segment missing: %s is number %d, %s is number %d",
              before.name(),
              before.header().sequence(),
              segment.name(),
              segment.header().sequence()));
    }
    if (segment.header().previousId() != before.header().id()) {
      throw LogException.corrupt(
          segment.name(), 0, segment.firstIndex(), "it does not continue " + before.name());
    }
  }

  // Records.

  private LogTail scan(List<Segment> segments, @Nullable CleanMark mark) throws IOException {
    int first = segments.size() - 1;
    while (first > 0 && segments.get(first).header().previous().index() > anchorIndex) {
      first--;
    }
    SegmentHeader begin = segments.get(first).header();
    noteAnchor(begin.previous(), new LogPlace(segments.get(first), LogTail.startOf(begin)));
    for (int i = first; ; i++) {
      Segment segment = segments.get(i);
      try (FileStore.File file = store.open(segment.name())) {
        SegmentScanner scanner = scan(segment, file);
        if (i == segments.size() - 1) {
          finish(segment, file, scanner, mark);
          return scanner.tail();
        }
        checkEnd(segment, scanner, segments.get(i + 1).header());
      }
    }
  }

  private SegmentScanner scan(Segment segment, FileStore.File file) {
    SegmentScanner scanner = new SegmentScanner(segment.name(), file, segment.header(), overwrites);
    LogTail before = scanner.tail();
    for (List<Entry> group = scanner.nextGroup(anchorIndex);
        group != null;
        group = scanner.nextGroup(anchorIndex)) {
      if (!group.isEmpty()) {
        noteAnchor(EntryId.of(group.get(0)), new LogPlace(segment, before));
      }
      before = scanner.tail();
    }
    return scanner;
  }

  private void noteAnchor(EntryId id, LogPlace place) {
    if (id.index() == anchorIndex) {
      anchor = id;
      anchorPlace = place;
    }
  }

  /** A segment that has a successor was synced to its end. */
  private static void checkEnd(Segment segment, SegmentScanner scanner, SegmentHeader next) {
    LogTail tail = scanner.tail();
    SegmentScanner.Damage damage = scanner.damage();
    if (damage != null) {
      throw corrupt(segment, tail, damage.offset(), damage.what());
    }
    if (tail.position() != next.previousEnd()
        || tail.chain() != next.chain()
        || tail.groupNumber() != next.groupNumber()
        || !tail.last().equals(next.previous())) {
      throw corrupt(
          segment, tail, tail.position(), "the next segment continues after " + next.previous());
    }
  }

  /** Tells a torn tail from rot (S5) and repairs it. */
  private void finish(
      Segment segment, FileStore.File file, SegmentScanner scanner, @Nullable CleanMark mark)
      throws IOException {
    LogTail tail = scanner.tail();
    SegmentScanner.Damage damage = scanner.damage();
    String what = damage == null ? "bytes after the end" : damage.what();
    long offset = damage == null ? tail.position() : damage.offset();
    if (mark != null) {
      if (!mark.equals(CleanMark.of(segment.header(), tail))) {
        throw corrupt(
            segment,
            tail,
            offset,
            "the log was closed at index " + mark.lastIndex() + ", offset " + mark.position());
      }
      return;
    }
    long end = scanner.endOfData();
    if (end > tail.position()) {
      long later = scanner.laterGroup();
      if (later >= 0) {
        throw corrupt(segment, tail, offset, what + "; a later group stands at " + later);
      }
      LOG.warn(
          "log {}: cut {} bytes at offset {} after index {}, never acknowledged: {}",
          segment.name(),
          end - tail.position(),
          tail.position(),
          tail.last().index(),
          what);
      // Zeros in any order and number leave a tail that is torn at the same place (S6).
      zero(file, tail.position(), end);
    }
    // The last group may be whole only in the page cache of the process that died.
    file.sync();
    store.syncDirectory();
  }

  private static void zero(FileStore.File file, long from, long to) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocate(1 << 16);
    for (long at = from; at < to; at += zeros.capacity()) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), to - at));
      FileStore.writeFully(file, zeros, at);
    }
  }

  private static LogException corrupt(Segment segment, LogTail tail, long offset, String what) {
    return LogException.corrupt(segment.name(), offset, tail.last().index() + 1, what);
  }

  private static boolean removeTemporary(FileStore store, String name) throws IOException {
    if (!name.endsWith(Segment.TEMPORARY_SUFFIX)) {
      return false;
    }
    store.delete(name);
    return true;
  }
}
