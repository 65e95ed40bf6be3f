package io.mooring.api.storage;

/** A walk over changes by revision. For a tombstone, only key and revision are meaningful. */
public interface ChangeCursor extends VersionCursor {

  /** Whether this change deleted the key; its payload is then empty. */
  boolean tombstone();
}
