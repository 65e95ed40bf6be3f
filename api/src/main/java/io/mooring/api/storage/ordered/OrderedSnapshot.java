package io.mooring.api.storage.ordered;

import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.tree.TreeCursor;
import org.jspecify.annotations.Nullable;

/** A heap state and a view of the store, together unmoved by later commits. */
final class OrderedSnapshot extends StoreReads implements Snapshot {

  private final OrderedEngine engine;
  private final HeapState heap;
  private final StoreView view;
  private final long highestDead;
  private final long readableFrom;
  private boolean closed;

  /**
   * Takes the view over; it was opened after the heap state was taken, and both bounds were read
   * after that.
   */
  OrderedSnapshot(
      OrderedEngine engine,
      HeapState heap,
      StoreView view,
      long readableFrom,
      long highestDead,
      RecordCodec codec) {
    super(engine, codec);
    this.engine = engine;
    this.heap = heap;
    this.view = view;
    this.readableFrom = readableFrom;
    this.highestDead = highestDead;
  }

  @Override
  public EngineState state() {
    return heap.state();
  }

  @Override
  @Nullable Row overlayGet(byte[] key) {
    checkOpen();
    return heap.overlay().get(key);
  }

  @Override
  TreeCursor<Row> overlayCursor(byte[] from, byte @Nullable [] to) {
    return heap.overlay().cursor(from, to);
  }

  @Override
  Tail tail() {
    return heap.tail();
  }

  @Override
  @Nullable TableRow tableOverlayGet(byte[] storeKey) {
    checkOpen();
    return heap.tables().get(storeKey);
  }

  @Override
  TreeCursor<TableRow> tableOverlayCursor(byte[] from, byte[] to) {
    return heap.tables().cursor(from, to);
  }

  @Override
  long newestMain() {
    return heap.state().revision();
  }

  @Override
  StoreView view() {
    checkOpen();
    return view;
  }

  @Override
  long highestDead() {
    return highestDead;
  }

  @Override
  long readableFrom() {
    return readableFrom;
  }

  private void checkOpen() {
    if (closed || engine.ended()) {
      throw engine.closedException();
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      view.close();
      engine.snapshotClosed(heap, codec);
    }
  }
}
