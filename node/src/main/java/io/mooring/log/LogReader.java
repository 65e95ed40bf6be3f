package io.mooring.log;

import io.mooring.base.Check;
import io.mooring.raft.core.Entry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads entries forward, as much at a time as asked for, checking again what it passes. Used by
 * recovery, before the log is written to.
 */
public final class LogReader implements AutoCloseable {

  private final FileStore store;
  private final List<Segment> segments;
  private final long fromIndex;
  private final Overwrites overwrites;
  private int at;
  private @Nullable LogPlace place;
  private FileStore.@Nullable File file;
  private @Nullable SegmentScanner scanner;

  /** Prepares to read, and looks ahead for what is replaced further on. */
  LogReader(FileStore store, List<Segment> segments, long fromIndex) {
    this.store = store;
    this.segments = List.copyOf(segments);
    this.fromIndex = fromIndex;
    while (at + 1 < segments.size() && segments.get(at + 1).firstIndex() <= fromIndex) {
      at++;
    }
    overwrites = lookAhead(segments.subList(at, segments.size()));
  }

  /**
   * Prepares to read from an index whose surroundings are known.
   *
   * @param place somewhere before its group
   * @param overwrites what is replaced further on, so that it is not handed out
   */
  LogReader(
      FileStore store,
      List<Segment> segments,
      long fromIndex,
      LogPlace place,
      Overwrites overwrites) {
    this.store = store;
    this.segments = List.copyOf(segments);
    this.fromIndex = fromIndex;
    this.place = place;
    this.overwrites = overwrites;
    at = this.segments.indexOf(place.segment());
    Check.that(at >= 0, "S4 a place in no segment");
  }

  private Overwrites lookAhead(List<Segment> from) {
    Overwrites found = new Overwrites();
    for (Segment segment : from) {
      try (FileStore.File each = store.open(segment.name())) {
        SegmentScanner walk = new SegmentScanner(segment.name(), each, segment.header(), found);
        while (walk.nextGroup(Long.MAX_VALUE) != null) {
          // Only what the groups say of each other is of interest.
        }
      } catch (IOException e) {
        throw LogException.io(segment.name(), "reading", e);
      }
    }
    return found;
  }

  /**
   * The next entries in order.
   *
   * @param maxBytes stop when this much has been gathered; whole groups are returned
   * @return empty at the end of the log
   */
  public List<Entry> next(long maxBytes) {
    List<Entry> entries = new ArrayList<>();
    long bytes = 0;
    while (bytes < maxBytes && at < segments.size()) {
      List<Entry> group = scanner().nextGroup(fromIndex);
      if (group == null) {
        nextSegment();
        continue;
      }
      long number = scanner().tail().groupNumber();
      for (Entry entry : group) {
        if (overwrites.isLive(number, entry.index())) {
          bytes += entry.sizeBytes();
          entries.add(entry);
        }
      }
    }
    return entries;
  }

  @Override
  public void close() {
    if (file != null) {
      try {
        file.close();
      } catch (IOException e) {
        throw LogException.io(segments.get(at).name(), "closing", e);
      }
      file = null;
    }
    scanner = null;
  }

  private SegmentScanner scanner() {
    if (scanner == null) {
      Segment segment = segments.get(at);
      try {
        file = store.open(segment.name());
      } catch (IOException e) {
        throw LogException.io(segment.name(), "opening", e);
      }
      LogTail from = place == null ? LogTail.startOf(segment.header()) : place.before();
      place = null;
      scanner = new SegmentScanner(segment.name(), file, segment.header(), from, new Overwrites());
    }
    return scanner;
  }

  private void nextSegment() {
    SegmentScanner.Damage damage = scanner().damage();
    if (damage != null) {
      throw LogException.corrupt(
          segments.get(at).name(),
          damage.offset(),
          scanner().tail().last().index() + 1,
          damage.what());
    }
    close();
    at++;
  }
}
