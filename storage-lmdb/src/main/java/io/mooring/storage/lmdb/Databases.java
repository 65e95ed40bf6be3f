package io.mooring.storage.lmdb;

import io.mooring.api.storage.ordered.Space;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.Stat;
import org.lmdbjava.Txn;

/** The named databases of an environment: one per space, and one for what long keys need. */
final class Databases {

  /** How many there are, for the environment's own bound. */
  static final int COUNT = Space.values().length + 1;

  private static final String LONG_KEYS = "longkeys";

  private final Map<Space, Dbi<ByteBuffer>> bySpace = new EnumMap<>(Space.class);
  private final Dbi<ByteBuffer> longKeys;
  private final LeafPage.Geometry pages;

  Databases(Env<ByteBuffer> env) {
    for (Space space : Space.values()) {
      bySpace.put(space, env.openDbi(space.storedName(), DbiFlags.MDB_CREATE));
    }
    longKeys = env.openDbi(LONG_KEYS, DbiFlags.MDB_CREATE);
    pages = new LeafPage.Geometry(env.stat().pageSize);
  }

  Dbi<ByteBuffer> of(Space space) {
    Dbi<ByteBuffer> database = bySpace.get(space);
    if (database == null) {
      throw new IllegalStateException("no database for " + space);
    }
    return database;
  }

  Dbi<ByteBuffer> longKeys() {
    return longKeys;
  }

  /** What their pages look like. */
  LeafPage.Geometry pages() {
    return pages;
  }

  /** Bytes of the pages that hold rows. */
  long usedBytes(Txn<ByteBuffer> txn) {
    long bytes = usedBytes(longKeys.stat(txn));
    for (Dbi<ByteBuffer> database : bySpace.values()) {
      bytes += usedBytes(database.stat(txn));
    }
    return bytes;
  }

  private static long usedBytes(Stat stat) {
    return stat.pageSize * (stat.branchPages + stat.leafPages + stat.overflowPages);
  }
}
