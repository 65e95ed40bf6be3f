package io.mooring.api.storage.transfer;

import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.Revision;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.WriteBatch;
import org.jspecify.annotations.Nullable;

/**
 * Loads a stream into an empty engine, in batches of bounded size. Until the last one the engine
 * says applied index 0, so that a half-loaded store cannot pass for a whole one.
 */
final class EngineLoader implements TransferSink {

  private static final long BATCH_BYTES = 4L << 20;

  private final MvccEngine engine;
  private @Nullable WriteBatch batch;
  private long batchBytes;
  private long compactRevision = -1;
  private long newestMain = 1;

  EngineLoader(MvccEngine engine) {
    if (!engine.state().equals(EngineState.EMPTY)) {
      throw new IllegalStateException("a transfer is loaded into an empty engine only");
    }
    this.engine = engine;
  }

  @Override
  public void begin(EngineState state) {
    compactRevision = state.compactRevision();
    newestMain = Math.max(1, compactRevision);
  }

  @Override
  public void row(Table table, byte[] key, byte[] value) {
    batchFor(key.length + value.length).tablePut(table, key, value);
  }

  @Override
  public void seed(
      Revision at, byte[] key, long create, long version, long leaseId, byte[] payload) {
    batchFor(key.length + payload.length).seed(at, key, create, version, leaseId, payload);
  }

  @Override
  public void put(
      Revision at, byte[] key, long create, long version, long leaseId, byte[] payload) {
    batchFor(key.length + payload.length).put(at, key, create, version, leaseId, payload);
    newestMain = Math.max(newestMain, at.main());
  }

  @Override
  public void tombstone(Revision at, byte[] key) {
    batchFor(key.length).delete(at, key);
    newestMain = Math.max(newestMain, at.main());
  }

  @Override
  public void end(EngineState state) {
    EngineState loaded =
        batchFor(0)
            .commit(
                state.appliedIndex(),
                state.appliedTerm(),
                state.revision(),
                state.compactRevision());
    batch = null;
    if (loaded.keyCount() != state.keyCount()) {
      throw TransferFormat.damaged(
          "it announced " + state.keyCount() + " keys and brought " + loaded.keyCount());
    }
  }

  @Override
  public void abandon() {
    if (batch != null) {
      batch.discard();
      batch = null;
    }
  }

  private WriteBatch batchFor(long bytes) {
    if (batch != null && batchBytes > BATCH_BYTES) {
      batch.commit(0, 0, newestMain, compactRevision);
      batch = null;
    }
    if (batch == null) {
      batch = engine.begin();
      batchBytes = 0;
    }
    batchBytes += bytes + 64;
    return batch;
  }
}
