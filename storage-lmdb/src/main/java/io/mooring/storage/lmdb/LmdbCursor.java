package io.mooring.storage.lmdb;

import io.mooring.api.storage.ordered.Space;
import io.mooring.api.storage.ordered.StoreCursor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.GetOp;

/**
 * A walk over a space that descends into the nodes of long keys where it meets them. The root
 * cursor stays on the row that leads to the first node; one more cursor walks the nodes.
 */
final class LmdbCursor implements StoreCursor {

  /** A node on the way down: its number, and the fragment that led to it. */
  @SuppressWarnings("ArrayRecordComponent") // frozen, and never compared
  private record Level(long node, byte[] fragment) {}

  private final LmdbView view;
  private final Transaction transaction;
  private final Cursor<ByteBuffer> root;

  /** The page of the root cursor, if {@link #pageKnown}, and ahead of it if {@link #pageShown}. */
  private final LeafPage page;

  private boolean pageKnown;
  private boolean pageShown;
  private final boolean shortKeys;
  private @Nullable Cursor<ByteBuffer> nodes;
  private final List<Level> path = new ArrayList<>();
  private boolean placed;
  private boolean ended;
  private boolean closed;

  LmdbCursor(LmdbView view, Transaction transaction, Space space) {
    this.view = view;
    this.transaction = transaction;
    shortKeys = space.shortKeys();
    root = transaction.databases.of(space).openCursor(transaction.txn);
    page = new LeafPage(transaction.databases.pages());
  }

  @Override
  public boolean seek(byte[] from) {
    view.checkOpen();
    placed = true;
    path.clear();
    pageKnown = false;
    pageShown = false;
    try {
      boolean plain = shortKeys || from.length <= LongKeys.PLAIN_BYTES;
      ended = !(plain ? seekPlain(from) : seekLong(from));
      return !ended;
    } catch (RuntimeException e) {
      throw view.error(e);
    }
  }

  private boolean seekPlain(byte[] from) {
    return root.get(transaction.key(from), GetOp.MDB_SET_RANGE) && settleInRoot();
  }

  private boolean seekLong(byte[] from) {
    long node = LongKeys.ROOT;
    int offset = 0;
    while (true) {
      boolean onward = from.length - offset > LongKeys.PLAIN_BYTES;
      ByteBuffer wanted = LongKeys.stored(transaction, node, from, offset, onward);
      int wantedBytes = wanted.remaining();
      Cursor<ByteBuffer> cursor = node == LongKeys.ROOT ? root : nodes();
      if (!cursor.get(wanted, GetOp.MDB_SET_RANGE)) {
        return node != LongKeys.ROOT && leaveNode();
      }
      boolean exact =
          onward
              && cursor.key().remaining() == wantedBytes
              && cursor.key().mismatch(wanted.rewind()) < 0;
      if (!exact) {
        return node == LongKeys.ROOT ? settleInRoot() : settleInNode();
      }
      node = cursor.val().getLong(0);
      int end = offset + LongKeys.PLAIN_BYTES;
      path.add(new Level(node, Arrays.copyOfRange(from, offset, end)));
      offset = end;
    }
  }

  @Override
  public boolean next() {
    view.checkOpen();
    if (ended) {
      return false;
    }
    try {
      if (!placed) {
        placed = true;
        ended = !(root.first() && settleInRoot());
      } else if (path.isEmpty()) {
        ended = !(nextInRoot() && settleInRoot());
      } else {
        ended = !(nodes().next() ? settleInNode() : leaveNode());
      }
      return !ended;
    } catch (RuntimeException e) {
      throw view.error(e);
    }
  }

  /** Moves to the next row of the root, on the page that is known or by the cursor. */
  private boolean nextInRoot() {
    if (!pageKnown) {
      page.enter(root.key(), root.val());
      pageKnown = true;
    }
    if (page.next()) {
      pageShown = true;
      return true;
    }
    settleRootCursor();
    boolean there = root.next();
    if (there) {
      page.enter(root.key(), root.val());
    }
    return there;
  }

  /** Brings the cursor to the row that is shown. */
  private void settleRootCursor() {
    if (pageShown) {
      pageShown = false;
      ByteBuffer shown = transaction.emptyKey().put(page.key()).flip();
      if (!root.get(shown, GetOp.MDB_SET_RANGE)) {
        throw new IllegalStateException("a row of a page is not in its database");
      }
    }
  }

  /** The root is on a row: that is it, or the way into a node. */
  private boolean settleInRoot() {
    if (shortKeys || rootKey().remaining() <= LongKeys.PLAIN_BYTES) {
      return true;
    }
    settleRootCursor();
    return enterNode(root, 0);
  }

  private ByteBuffer rootKey() {
    return pageShown ? page.key() : root.key();
  }

  /** The node cursor is on a row, perhaps of another node already. */
  private boolean settleInNode() {
    Cursor<ByteBuffer> cursor = nodes();
    if (cursor.key().getLong(0) != path.get(path.size() - 1).node()) {
      return leaveNode();
    }
    if (cursor.key().remaining() <= Long.BYTES + LongKeys.PLAIN_BYTES) {
      return true;
    }
    return enterNode(cursor, Long.BYTES);
  }

  private boolean enterNode(Cursor<ByteBuffer> cursor, int fragmentOffset) {
    byte[] fragment = new byte[LongKeys.PLAIN_BYTES];
    cursor.key().get(fragmentOffset, fragment);
    long node = cursor.val().getLong(0);
    path.add(new Level(node, fragment));
    ByteBuffer first = transaction.emptyKey().putLong(node).flip();
    return nodes().get(first, GetOp.MDB_SET_RANGE) ? settleInNode() : leaveNode();
  }

  /** The node has no more rows: go on behind the row that led to it. */
  private boolean leaveNode() {
    Level left = path.remove(path.size() - 1);
    if (path.isEmpty()) {
      return nextInRoot() && settleInRoot();
    }
    long parent = path.get(path.size() - 1).node();
    ByteBuffer row =
        transaction.emptyKey().putLong(parent).put(left.fragment()).put((byte) 0).flip();
    boolean onward = nodes().get(row, GetOp.MDB_SET_RANGE) && nodes().next();
    return onward ? settleInNode() : leaveNode();
  }

  private Cursor<ByteBuffer> nodes() {
    Cursor<ByteBuffer> cursor = nodes;
    if (cursor == null) {
      cursor = transaction.databases.longKeys().openCursor(transaction.txn);
      nodes = cursor;
    }
    return cursor;
  }

  @Override
  public ByteBuffer key() {
    if (path.isEmpty()) {
      return rootKey();
    }
    ByteBuffer last = nodes().key();
    int lastBytes = last.remaining() - Long.BYTES;
    byte[] key = new byte[path.size() * LongKeys.PLAIN_BYTES + lastBytes];
    int offset = 0;
    for (Level level : path) {
      System.arraycopy(level.fragment(), 0, key, offset, LongKeys.PLAIN_BYTES);
      offset += LongKeys.PLAIN_BYTES;
    }
    last.get(Long.BYTES, key, offset, lastBytes);
    return ByteBuffer.wrap(key);
  }

  @Override
  public ByteBuffer value() {
    if (!path.isEmpty()) {
      return nodes().val();
    }
    return pageShown ? page.value() : root.val();
  }

  /** Frees the native cursors; called by the view for what its user left open, too. */
  void release() {
    if (!closed) {
      closed = true;
      root.close();
      Cursor<ByteBuffer> cursor = nodes;
      if (cursor != null) {
        cursor.close();
      }
    }
  }

  @Override
  public void close() {
    if (!closed) {
      release();
      view.closed(this);
    }
  }
}
