package io.mooring.log;

import io.mooring.base.Check;
import java.util.function.LongSupplier;

/**
 * Fixed for the life of a log.
 *
 * @param clusterId stored in each file and compared at start
 * @param memberId stored in each file and compared at start
 * @param segmentBytes size of a prepared segment
 * @param firstSegmentBytes size of the very first one, which start-up waits for
 * @param segmentIds random numbers; unguessable, so that no client can put bytes into a value that
 *     would pass for a record
 */
public record LogConfig(
    long clusterId,
    long memberId,
    long segmentBytes,
    long firstSegmentBytes,
    LongSupplier segmentIds) {

  private static final long MEBIBYTE = 1L << 20;

  /**
   * A start reads the segment that the engine's applied index stands in from its beginning, and one
   * is filled ahead at once: small enough for neither to be felt, large enough for switches to be
   * seconds apart.
   */
  private static final long SEGMENT_BYTES = 16 * MEBIBYTE;

  /** Checks what must hold. */
  public LogConfig {
    Check.that(firstSegmentBytes >= SegmentHeader.BYTES, "firstSegmentBytes", firstSegmentBytes);
    Check.that(segmentBytes >= firstSegmentBytes, "segmentBytes", segmentBytes);
  }

  /** The production sizes. */
  public static LogConfig of(long clusterId, long memberId, LongSupplier segmentIds) {
    return new LogConfig(clusterId, memberId, SEGMENT_BYTES, MEBIBYTE, segmentIds);
  }
}
