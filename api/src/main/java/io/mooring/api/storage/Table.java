package io.mooring.api.storage;

/**
 * The small ordered tables that live beside the key space, in the same atomic batches. Keys and
 * values are opaque to the engine; keys order as unsigned bytes. The id is part of the stored
 * format: never renumber.
 */
public enum Table {
  /** Cluster-wide singletons, by a short name. */
  META(1),
  /** Lease id to granted and remaining TTL. */
  LEASE(2),
  /** Lease id followed by user key, to nothing: which keys a lease takes with it. */
  LEASE_KEY(3),
  /** Member id to its attributes. */
  MEMBER(4),
  /** Member id and alarm type, to nothing. */
  ALARM(5),
  /** User name to its record. */
  AUTH_USER(6),
  /** Role name to its record. */
  AUTH_ROLE(7);

  private final int id;

  Table(int id) {
    this.id = id;
  }

  /** The table's number in stored and transferred bytes, 1 to 127. */
  public int id() {
    return id;
  }
}
