package io.mooring.read;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.Snapshot;
import io.mooring.base.Check;
import io.mooring.base.WireBuffer;
import io.mooring.error.KvError;
import io.mooring.machine.View;
import io.mooring.machine.mvcc.KeyRange;
import io.mooring.machine.mvcc.KeyValueCodec;
import io.mooring.machine.mvcc.RangeQuery;
import io.mooring.machine.mvcc.RangeResult;
import io.mooring.machine.mvcc.RangeScan;
import io.mooring.machine.mvcc.RangeSink;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One range answered in chunks at one revision. A chunk is read from a snapshot of its own, so that
 * a slow client holds no snapshot between chunks. For {@link #PIN_NS} a pin keeps the revision
 * readable whatever is compacted; after that compaction may overtake the stream, which ends it with
 * "compacted" after what was sent, as in etcd.
 *
 * <p>Chunks begin at ten keys, and grow or shrink towards a size in bytes. What all chunks together
 * say is the plain range's answer: header, {@code more} and {@code count} stand in the last.
 *
 * <p>One thread at a time: chunks are read on a reader, one after another. {@link #close} may come
 * from any thread, at any time.
 */
public final class StreamedRange implements AutoCloseable {

  /** How long a stream may hold back the removal of what was compacted. */
  public static final long PIN_NS = 60_000_000_000L;

  /** No read begins so close to the end of its pin that it might outlive it. */
  private static final long MARGIN_NS = 5_000_000_000L;

  private static final int RANGE_RESPONSE = 1;
  private static final long FIRST_CHUNK_KEYS = 10;
  private static final int FIRST_BYTES = 4 << 10;

  private final RangeQuery query;
  private final View view;
  private final PinRegistry.Pin pin;
  private final long pinUntilNs;
  private final long atRevision;
  private final int chunkBytes;
  private final ReplyBudget budget;
  private final HeaderWriter headers;
  private final long raftTerm;

  private byte[] from;
  private long sent;
  private long chunkKeys = FIRST_CHUNK_KEYS;
  private boolean done;

  StreamedRange(
      RangeQuery query,
      View view,
      PinRegistry.Pin pin,
      long pinUntilNs,
      long atRevision,
      int chunkBytes,
      ReplyBudget budget,
      HeaderWriter headers,
      long raftTerm) {
    this.query = query;
    this.view = view;
    this.pin = pin;
    this.pinUntilNs = pinUntilNs;
    this.atRevision = atRevision;
    this.chunkBytes = chunkBytes;
    this.budget = budget;
    this.headers = headers;
    this.raftTerm = raftTerm;
    this.from = query.keys().from();
  }

  /**
   * One encoded {@code RangeStreamResponse}, its share of the budget, and whether it is the last.
   */
  public record Chunk(WireBuffer bytes, Runnable release, boolean last) {}

  /** Reads the next chunk; on a reader, which may wait for a disk. Throws a refusal. */
  Chunk next(long nowNs) {
    Check.that(!done, "a chunk after the last");
    boolean held = nowNs - pinUntilNs + MARGIN_NS < 0;
    if (!held) {
      pin.close();
    }
    RangeReply reply = new RangeReply(budget, FIRST_BYTES);
    try (Snapshot snapshot = view.engine().snapshot()) {
      boolean compacted = snapshot.state().compactRevision() > atRevision;
      if (compacted && (!held || pin.broken())) {
        throw KvError.COMPACTED.exception();
      }
      Chunk chunk = query.countOnly() ? count(snapshot, reply) : page(snapshot, reply);
      if (compacted && pin.broken()) {
        throw KvError.COMPACTED.exception();
      }
      return chunk;
    } catch (EngineException e) {
      reply.release();
      if (e.kind() != EngineException.Kind.CLOSED) {
        throw e;
      }
      // Another engine has long taken its place, with an installed state; what it pinned is gone.
      throw KvError.COMPACTED.exception();
    } catch (RuntimeException e) {
      reply.release();
      throw e;
    }
  }

  /** Lets go of the revision. Nothing is read after that. */
  @Override
  public void close() {
    pin.close();
  }

  private Chunk count(Snapshot snapshot, RangeReply reply) {
    RangeResult result = query.run(snapshot, atRevision, reply);
    return last(reply, result);
  }

  private Chunk page(Snapshot snapshot, RangeReply reply) {
    long limit = query.limit() == 0 ? chunkKeys : Math.min(chunkKeys, query.limit() - sent);
    Page page = new Page(reply, limit);
    RangeResult result = read(snapshot, query.page(from, limit), page);
    sent += reply.keyValues();
    if (result.more() && (query.limit() == 0 || sent < query.limit())) {
      from = KeyRange.successor(Check.present(page.lastKey, "a full page has a last key"));
      adapt(reply.size());
      return chunk(reply, false);
    }
    KeyRange keys = query.keys();
    long count = result.more() ? snapshot.count(keys.from(), keys.to(), atRevision) : sent;
    return last(reply, new RangeResult(count, result.more()));
  }

  private RangeResult read(Snapshot snapshot, RangeQuery pageQuery, Page page) {
    try (RangeScan scan = new RangeScan(pageQuery, snapshot, atRevision, page)) {
      while (!scan.advance(Integer.MAX_VALUE, chunkBytes)) {
        reserve(page.reply);
      }
      return scan.result();
    }
  }

  private static void reserve(RangeReply reply) {
    if (!reply.reserve()) {
      throw ReplyBudget.REFUSAL.exception();
    }
  }

  /** etcd's rule: double below half of the size, halve above twice of it. */
  private void adapt(int bytes) {
    if (bytes < chunkBytes / 2) {
      chunkKeys *= 2;
    } else if (bytes > 2L * chunkBytes) {
      chunkKeys = Math.max(1, chunkKeys / 2);
    }
  }

  private Chunk last(RangeReply reply, RangeResult result) {
    done = true;
    headers.write(reply.out(), view.revision(), raftTerm);
    reply.finish(result);
    return chunk(reply, true);
  }

  private Chunk chunk(RangeReply reply, boolean last) {
    reserve(reply);
    WireBuffer message = new WireBuffer(16);
    message.delimited(RANGE_RESPONSE, reply.size());
    message.take(reply.out());
    return new Chunk(message, reply::release, last);
  }

  /** Notes the key behind which the next page begins. */
  private static final class Page implements RangeSink {
    private final RangeReply reply;
    private final long limit;
    private byte @Nullable [] lastKey;

    Page(RangeReply reply, long limit) {
      this.reply = reply;
      this.limit = limit;
    }

    @Override
    public void keyValue(ByteBuffer encoded) {
      reply.keyValue(encoded);
      if (reply.keyValues() == limit) {
        lastKey = KeyValueCodec.parse(encoded).getKey().toByteArray();
      }
    }
  }
}
