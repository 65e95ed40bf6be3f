package io.mooring.storage.rocksdb;

import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.Snapshot;

/**
 * One RocksDB snapshot for all views opened between two commits: taking one locks the database for
 * a moment, and there are far more reads than commits. The store lets go of it at the next commit,
 * so that compaction is not held back, and the last view frees it.
 */
final class SharedSnapshot {

  private final RocksDB db;
  private final Users databaseUsers;
  private final Snapshot snapshot;
  private final ReadOptions readOptions;
  private final Users users = new Users(this::release);
  private final long commits;

  /**
   * Takes a snapshot; the caller has entered the database's users, and hands that over.
   *
   * @param commits that it has for certain: counted before this is called
   */
  SharedSnapshot(RocksDB db, Users databaseUsers, long commits) {
    this.commits = commits;
    this.db = db;
    this.databaseUsers = databaseUsers;
    snapshot = db.getSnapshot();
    readOptions = new ReadOptions().setSnapshot(snapshot).setVerifyChecksums(true);
  }

  /** How many commits it has, at least. */
  long commits() {
    return commits;
  }

  boolean tryEnter() {
    return users.tryEnter();
  }

  void leave() {
    users.leave();
  }

  /** Never changed after construction, so views of many threads may share it. */
  ReadOptions readOptions() {
    return readOptions;
  }

  private void release() {
    readOptions.close();
    db.releaseSnapshot(snapshot);
    snapshot.close();
    databaseUsers.leave();
  }
}
