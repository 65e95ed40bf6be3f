package io.mooring.api.storage.tck;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.Revision;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.WriteBatch;

/** An engine and the model beside it, fed the same changes. */
public final class TckStore {

  private MvccEngine engine;
  private final ReferenceModel model;
  private WriteBatch batch;
  private long main;
  private int sub;

  /** A store over an engine that holds what the model holds. */
  public TckStore(MvccEngine engine, ReferenceModel model) {
    this.engine = engine;
    this.model = model;
    this.main = model.last().revision();
    this.sub = 0;
  }

  /** The engine. */
  public MvccEngine engine() {
    return engine;
  }

  /** The model. */
  public ReferenceModel model() {
    return model;
  }

  /** Goes on with an engine reopened, and a model cut back to what survived. */
  public void reopened(MvccEngine reopened) {
    engine = reopened;
    model.truncateTo(reopened.state().appliedIndex());
    batch = null;
    main = model.last().revision();
  }

  /** The open batch; begun when there is none. */
  public WriteBatch batch() {
    if (batch == null) {
      batch = engine.begin();
    }
    return batch;
  }

  /** Current main revision, changes not committed included. */
  public long revision() {
    return main;
  }

  /** Starts the next main revision. */
  public TckStore next() {
    main++;
    sub = 0;
    return this;
  }

  /** Puts into the present main revision. */
  public TckStore put(byte[] key, long leaseId, byte[] payload) {
    Revision at = new Revision(main, sub++);
    ReferenceModel.Change change = model.put(at, key, leaseId, payload);
    batch().put(at, key, change.createRevision(), change.version(), leaseId, payload);
    return this;
  }

  /** Puts texts into a main revision of their own. */
  public TckStore put(String key, String payload) {
    return next().put(bytes(key), 0, bytes(payload));
  }

  /** Deletes in the present main revision. */
  public TckStore delete(byte[] key) {
    Revision at = new Revision(main, sub++);
    model.delete(at, key);
    batch().delete(at, key);
    return this;
  }

  /** Deletes in a main revision of its own. */
  public TckStore delete(String key) {
    return next().delete(bytes(key));
  }

  /** Writes a table row. */
  public TckStore row(Table table, byte[] key, byte[] value) {
    model.table(table).put(key, value);
    batch().tablePut(table, key, value);
    return this;
  }

  /** Removes a table row. */
  public TckStore noRow(Table table, byte[] key) {
    model.table(table).remove(key);
    batch().tableDelete(table, key);
    return this;
  }

  /** Commits as the next log entry. */
  public EngineState commit() {
    return commit(model.last().compactRevision());
  }

  /** Commits as the next log entry, with a compaction. */
  public EngineState commit(long compactRevision) {
    long index = model.last().appliedIndex() + 1;
    long term = 1 + index / 100;
    EngineState state = batch().commit(index, term, main, compactRevision);
    model.commit(index, term, main, compactRevision);
    batch = null;
    return state;
  }

  /** Text as a key or payload. */
  public static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
