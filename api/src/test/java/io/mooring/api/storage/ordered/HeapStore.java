package io.mooring.api.storage.ordered;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.tree.PersistentTree;
import io.mooring.api.storage.tree.TreeCursor;
import io.mooring.api.storage.tree.TreeEditor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An ordered store on the heap with the semantics of a disk: what was made durable outlives the
 * store in its {@link Disk}, what was only committed is lost with it. Commits become durable at
 * once, or, lazily, when somebody hastens or syncs.
 */
final class HeapStore implements OrderedStore {

  /** What outlives a store. */
  static final class Disk {
    volatile Map<Space, PersistentTree<byte[]>> durable = emptySpaces();
  }

  private static Map<Space, PersistentTree<byte[]>> emptySpaces() {
    Map<Space, PersistentTree<byte[]>> spaces = new EnumMap<>(Space.class);
    for (Space space : Space.values()) {
      spaces.put(space, PersistentTree.empty());
    }
    return spaces;
  }

  private static PersistentTree<byte[]> tree(
      Map<Space, PersistentTree<byte[]>> spaces, Space space) {
    return Objects.requireNonNull(spaces.get(space));
  }

  private final Disk disk;
  private final boolean lazy;
  private volatile Map<Space, PersistentTree<byte[]>> committed;
  private volatile boolean closed;
  private @Nullable Listener listener;
  private long committedMark;

  /** Fails the next commit when set. */
  volatile @Nullable EngineException commitFault;

  HeapStore(Disk disk, boolean lazy) {
    this.disk = disk;
    this.lazy = lazy;
    committed = disk.durable;
  }

  @Override
  public void listen(Listener newListener) {
    listener = newListener;
  }

  @Override
  public synchronized void hasten() {
    disk.durable = committed;
    Listener told = listener;
    if (told != null) {
      told.durable(committedMark);
    }
  }

  @Override
  public void sync() {
    hasten();
  }

  @Override
  public Sizes sizes() {
    return new Sizes(0, 0, 0);
  }

  @Override
  public void close() {
    closed = true;
  }

  private void checkOpen() {
    if (closed) {
      throw new EngineException(EngineException.Kind.CLOSED, "heap store used after close", null);
    }
  }

  private synchronized void commit(Map<Space, PersistentTree<byte[]>> next, long mark) {
    EngineException fault = commitFault;
    if (fault != null) {
      throw fault;
    }
    if (mark < committedMark) {
      throw new IllegalStateException("mark fell from " + committedMark + " to " + mark);
    }
    committed = next;
    committedMark = mark;
    if (!lazy) {
      hasten();
    }
  }

  @Override
  public StoreTxn begin() {
    checkOpen();
    return new Txn(committed);
  }

  @Override
  public StoreView view() {
    checkOpen();
    return new View(committed);
  }

  /** Changes a stored value behind the engine's back, as a failing disk would. */
  void damage(Space space, Function<byte[], byte[]> change) {
    Map<Space, PersistentTree<byte[]>> next = new EnumMap<>(committed);
    TreeEditor<byte[]> editor = tree(committed, space).edit();
    TreeCursor<byte[]> cursor = tree(committed, space).cursor();
    while (cursor.next()) {
      editor.put(cursor.key(), change.apply(cursor.value().clone()));
    }
    next.put(space, editor.freeze());
    committed = next;
    disk.durable = next;
  }

  /** Rows of a space. */
  long size(Space space) {
    return tree(committed, space).size();
  }

  private final class Txn implements StoreTxn {
    private final Map<Space, PersistentTree<byte[]>> start;
    private final Map<Space, TreeEditor<byte[]>> edits = new EnumMap<>(Space.class);

    Txn(Map<Space, PersistentTree<byte[]>> start) {
      this.start = start;
    }

    private TreeEditor<byte[]> edit(Space space) {
      return edits.computeIfAbsent(space, wanted -> tree(start, wanted).edit());
    }

    @Override
    public void put(Space space, byte[] key, ByteBuffer value) {
      if (!value.isDirect() || (space.shortKeys() && key.length > Space.SHORT_KEY_BYTES)) {
        throw new IllegalArgumentException("a store need not take this");
      }
      byte[] bytes = new byte[value.remaining()];
      value.get(bytes);
      edit(space).put(key.clone(), bytes);
    }

    @Override
    public void append(Space space, byte[] key, ByteBuffer value) {
      TreeEditor<byte[]> editor = edit(space);
      if (editor.count(key, null) > 0) {
        throw new IllegalArgumentException("not above every key of the space");
      }
      put(space, key, value);
    }

    @Override
    public void delete(Space space, byte[] key) {
      edit(space).remove(key);
    }

    @Override
    public void deleteRange(Space space, byte[] from, byte[] to) {
      if (!space.shortKeys()) {
        throw new IllegalArgumentException("ranges are deleted in spaces of short keys only");
      }
      TreeCursor<byte[]> cursor = tree(start, space).cursor(from, to);
      while (cursor.next()) {
        edit(space).remove(cursor.key());
      }
    }

    /** Shows the last commit only: the engine must not count on more. */
    @Override
    public @Nullable ByteBuffer get(Space space, byte[] key) {
      byte[] value = tree(start, space).get(key);
      return value == null ? null : ByteBuffer.wrap(value).asReadOnlyBuffer();
    }

    @Override
    public void commit(long mark) {
      Map<Space, PersistentTree<byte[]>> next = new EnumMap<>(start);
      edits.forEach((space, editor) -> next.put(space, editor.freeze()));
      HeapStore.this.commit(next, mark);
    }

    @Override
    public void close() {
      edits.clear();
    }
  }

  private final class View implements StoreView {
    private final Map<Space, PersistentTree<byte[]>> spaces;
    private byte[] borrowed = {};

    View(Map<Space, PersistentTree<byte[]>> spaces) {
      this.spaces = spaces;
    }

    @Override
    public @Nullable ByteBuffer get(Space space, byte[] key) {
      checkOpen();
      // What the last call lent is void now, and shows it.
      Arrays.fill(borrowed, (byte) 0x55);
      byte[] value = tree(spaces, space).get(key);
      if (value == null) {
        return null;
      }
      borrowed = value.clone();
      return ByteBuffer.wrap(borrowed).asReadOnlyBuffer();
    }

    @Override
    public StoreCursor cursor(Space space) {
      checkOpen();
      return new Cursor(tree(spaces, space));
    }

    @Override
    public void close() {
      Arrays.fill(borrowed, (byte) 0x55);
    }
  }

  private static final class Cursor implements StoreCursor {
    private final PersistentTree<byte[]> tree;
    private @Nullable TreeCursor<byte[]> cursor;
    private byte[] key = {};
    private byte[] value = {};

    Cursor(PersistentTree<byte[]> tree) {
      this.tree = tree;
    }

    @Override
    public boolean seek(byte[] from) {
      cursor = tree.cursor(from, null);
      return next();
    }

    @Override
    public boolean next() {
      TreeCursor<byte[]> walk = cursor;
      if (walk == null) {
        walk = tree.cursor();
        cursor = walk;
      }
      Arrays.fill(key, (byte) 0x55);
      Arrays.fill(value, (byte) 0x55);
      if (!walk.next()) {
        return false;
      }
      key = walk.key().clone();
      value = walk.value().clone();
      return true;
    }

    @Override
    public ByteBuffer key() {
      return ByteBuffer.wrap(key).asReadOnlyBuffer();
    }

    @Override
    public ByteBuffer value() {
      return ByteBuffer.wrap(value).asReadOnlyBuffer();
    }

    @Override
    public void close() {
      cursor = null;
    }
  }
}
