package io.mooring.machine.mvcc;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeRequest.SortOrder;
import io.mooring.api.etcdserverpb.RangeRequest.SortTarget;
import io.mooring.api.storage.Version;
import io.mooring.api.storage.VersionReader;
import io.mooring.error.EtcdError;
import io.mooring.error.KvError;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a Range asks, apart from its revision: the one meaning of etcd's range options, for unary
 * ranges, streamed ones, and those inside transactions.
 *
 * @param keys which keys
 * @param limit key-values wanted at most, 0 for all
 * @param countOnly only the count; limit and filters do not matter then
 * @param keysOnly without values
 * @param leaseShown whether {@code keysOnly} leaves the lease in: etcd 3.7 answers it from its
 *     index, which knows no leases, unless it sorts by value
 * @param counted whether the count is wanted at all; pages of a stream do without
 * @param order as asked
 * @param target as asked
 * @param filter bounds of mod and create revisions
 */
public record RangeQuery(
    KeyRange keys,
    long limit,
    boolean countOnly,
    boolean keysOnly,
    boolean leaseShown,
    boolean counted,
    SortOrder order,
    SortTarget target,
    Filter filter) {

  /** How the key-values come to be in order. */
  enum Plan {
    /** They are: cursor order is the answer's order, and nothing is collected. */
    STREAM,
    /** The first {@code limit + 1} in key order are sorted, then cut. */
    WINDOW,
    /** All that pass the filters are sorted, then cut. */
    SORT
  }

  /** Inclusive bounds of revisions; 0 switches one off. */
  record Filter(long minMod, long maxMod, long minCreate, long maxCreate) {

    static final Filter NONE = new Filter(0, 0, 0, 0);

    boolean passes(long create, long mod) {
      return (minMod == 0 || mod >= minMod)
          && (maxMod == 0 || mod <= maxMod)
          && (minCreate == 0 || create >= minCreate)
          && (maxCreate == 0 || create <= maxCreate);
    }
  }

  /** Reads a validated request. */
  public static RangeQuery of(RangeRequest request) {
    Filter filter =
        new Filter(
            request.getMinModRevision(),
            request.getMaxModRevision(),
            request.getMinCreateRevision(),
            request.getMaxCreateRevision());
    return new RangeQuery(
        KeyRange.of(request.getKey(), request.getRangeEnd()),
        Math.max(0, request.getLimit()),
        request.getCountOnly(),
        request.getKeysOnly(),
        request.getSortTarget() == SortTarget.VALUE,
        true,
        request.getSortOrder(),
        request.getSortTarget(),
        filter.equals(Filter.NONE) ? Filter.NONE : filter);
  }

  /** All key-values of what a request names, in key order, without count. */
  static RangeQuery all(ByteString key, ByteString rangeEnd) {
    return new RangeQuery(
        KeyRange.of(key, rangeEnd),
        0,
        false,
        false,
        false,
        false,
        SortOrder.NONE,
        SortTarget.KEY,
        Filter.NONE);
  }

  /**
   * A page of this query in key order, without count: what a streamed range asks chunk by chunk.
   *
   * @param from where the page begins, the key behind the last one sent
   * @param pageLimit key-values at most, 1 or more
   */
  public RangeQuery page(byte[] from, long pageLimit) {
    return new RangeQuery(
        keys.point() ? keys : new KeyRange(from, keys.to(), false),
        pageLimit,
        false,
        keysOnly,
        leaseShown,
        false,
        SortOrder.NONE,
        SortTarget.KEY,
        Filter.NONE);
  }

  /**
   * Why a revision cannot be read, or null. For requests of clients, where 0 and below mean the
   * newest; transactions judge by themselves.
   */
  public static @Nullable EtcdError refuseRevision(
      long requested, long currentRevision, long compactRevision) {
    if (requested > currentRevision) {
      return KvError.FUTURE_REVISION;
    }
    return requested > 0 && requested < compactRevision ? KvError.COMPACTED : null;
  }

  /**
   * Answers the whole query at once; {@link RangeScan} does it in slices.
   *
   * @param atRevision a readable main revision, or {@link Long#MAX_VALUE} for the newest
   */
  public RangeResult run(VersionReader reader, long atRevision, RangeSink sink) {
    try (RangeScan scan = new RangeScan(this, reader, atRevision, sink)) {
      while (!scan.advance(Integer.MAX_VALUE, Long.MAX_VALUE)) {
        // The count is a step of its own.
      }
      return scan.result();
    }
  }

  /** Answers a query for one key from its version, as read or as the heap had it. */
  public RangeResult answerPoint(@Nullable Version version, RangeSink sink) {
    if (version == null) {
      return new RangeResult(0, false);
    }
    if (!countOnly && filter.passes(version.createRevision(), version.modRevision())) {
      sink.keyValue(ByteBuffer.wrap(encoded(version)));
    }
    return new RangeResult(1, false);
  }

  /** Whether versions must be read with their payloads. */
  public boolean wantsPayload() {
    return !countOnly && (!keysOnly || target == SortTarget.VALUE);
  }

  Plan plan() {
    if (target == SortTarget.KEY && order != SortOrder.DESCEND) {
      return Plan.STREAM;
    }
    // etcd applies the limit before an implied sort, but after an explicit one or a filter.
    boolean implied = order == SortOrder.NONE && filter == Filter.NONE;
    return implied && limit > 0 ? Plan.WINDOW : Plan.SORT;
  }

  /** The bytes that the answer shows of a version. */
  byte[] encoded(Version version) {
    byte[] payload = version.payload();
    if (!keysOnly && payload != null) {
      return payload;
    }
    return KeyValueCodec.encodeKeyOnly(
        version.key(),
        version.createRevision(),
        version.modRevision(),
        version.version(),
        leaseShown ? version.leaseId() : 0);
  }
}
