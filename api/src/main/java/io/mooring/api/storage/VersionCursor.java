package io.mooring.api.storage;

import java.nio.ByteBuffer;

/**
 * A pulled walk over live versions. Buffers are borrowed: read-only, valid until the next call of
 * {@link #next()} or {@link #close()}; copy what must outlive that. Position and limit of a
 * borrowed buffer may be moved by the caller. Cheap to open, must be closed, never outlives its
 * reader.
 */
public interface VersionCursor extends AutoCloseable {

  /** Moves to the next version; false at the end, and ever after. */
  boolean next();

  /** The user key. */
  ByteBuffer key();

  /** Main revision of the put that began this life of the key. */
  long createRevision();

  /** Main revision of this version. */
  long modRevision();

  /** Position of this version inside its main revision. */
  int modSub();

  /** Puts since creation. */
  long version();

  /** The attached lease, 0 for none. */
  long leaseId();

  /** The writer's opaque bytes. Fetched when asked for: a caller that only counts pays nothing. */
  ByteBuffer payload();

  @Override
  void close();
}
