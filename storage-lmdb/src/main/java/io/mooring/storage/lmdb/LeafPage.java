package io.mooring.storage.lmdb;

import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.PageManager;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The leaf page on which a cursor of a reading transaction stands. The rows behind the cursor are
 * read straight from the page: a native call for each costs as much as reading the row.
 *
 * <pre>
 *   page:  | number 8 | pad 2 | flags 2 | lower 2 | upper 2 | offset of each node 2 | ... nodes |
 *   node:  | value bytes, low 2, high 2 | flags 2 | key bytes 2 | key | value |
 * </pre>
 *
 * <p>Numbers have the byte order of the machine, and {@code lower} is where the offsets end. That
 * is LMDB's data format 1, the only one that 0.9 opens. A page is trusted only after the row that
 * LMDB itself found on it is found in the same place here; else, and for values that have pages of
 * their own, {@link #enter} and {@link #next} say false and the cursor has to do it.
 *
 * <p>The buffers handed out are borrowed until the next call and lie in pages that nobody writes
 * while the transaction reads. One thread at a time.
 */
final class LeafPage {

  /** What must be known of the environment once. */
  static final class Geometry {

    private final int pageBytes;

    /**
     * Looks at the pages of an environment.
     *
     * @param pageBytes their size; rows are read from pages only if they cannot lie across the
     *     machine's own
     */
    Geometry(long pageBytes) {
      long machine = PageManager.getInstance().pageSize();
      boolean fits = Long.bitCount(pageBytes) == 1 && pageBytes <= machine;
      this.pageBytes = fits ? (int) pageBytes : 0;
    }
  }

  private static final int FLAGS_AT = 10;
  private static final int LOWER_AT = 12;
  private static final int HEADER_BYTES = 16;
  private static final int OFFSET_BYTES = Short.BYTES;

  private static final int LEAF = 0x02;
  private static final int LEAF_OF_EQUAL_SIZES = 0x20;

  private static final int NODE_FLAGS_AT = 4;
  private static final int NODE_KEY_BYTES_AT = 6;
  private static final int NODE_HEADER_BYTES = 8;

  private static final int CACHE_LINE_BYTES = 64;
  private static final MemoryIO MEMORY = MemoryIO.getInstance();
  private static final ByteBuffer NONE = ByteBuffer.allocate(0);

  /** What one buffer covers of the addresses: pages lie in it whole, and many of them. */
  private static final long WINDOW_BYTES = 1 << 30;

  private final int pageBytes;
  private long pageAddress;
  private long windowAddress;

  /** The addresses around the page, and where in them it begins. */
  private ByteBuffer window = NONE;

  private int pageAt;
  private ByteBuffer key = NONE;
  private ByteBuffer value = NONE;

  /** The row shown, and how many there are. */
  private int index;

  private int rows;

  /** Written only, so that the look ahead is not optimized away. */
  @SuppressWarnings("unused")
  private long seen;

  LeafPage(Geometry geometry) {
    pageBytes = geometry.pageBytes;
  }

  /**
   * Takes the page of the row that a cursor stands on; {@link #next} goes on behind that row.
   *
   * @return false if the rows of this page have to be read through the cursor
   */
  boolean enter(ByteBuffer rowKey, ByteBuffer rowValue) {
    rows = 0;
    if (pageBytes == 0 || rowValue.remaining() == 0) {
      return false;
    }
    long keyAddress = MEMORY.getDirectBufferAddress(rowKey);
    long valueAddress = MEMORY.getDirectBufferAddress(rowValue);
    long start = keyAddress & -pageBytes;
    if (valueAddress != keyAddress + rowKey.remaining()) {
      return false;
    }
    if (start != pageAddress) {
      pageAddress = start;
      moveWindow(start);
      pageAt = (int) (start - windowAddress);
      lookAhead();
    }
    int flags = window.getShort(pageAt + FLAGS_AT);
    int lower = window.getShort(pageAt + LOWER_AT);
    if ((flags & (LEAF | LEAF_OF_EQUAL_SIZES)) != LEAF || lower > pageBytes) {
      return false;
    }
    int found = (lower - HEADER_BYTES) / OFFSET_BYTES;
    int wanted = (int) (keyAddress - start) - NODE_HEADER_BYTES;
    for (int i = 0; i < found; i++) {
      if (offset(i) == wanted) {
        index = i;
        rows = found;
        return true;
      }
    }
    return false;
  }

  /** A buffer for each page would cost as much as two of its rows. */
  private void moveWindow(long address) {
    long start = address & -WINDOW_BYTES;
    if (start != windowAddress) {
      windowAddress = start;
      window = MEMORY.newDirectByteBuffer(start, (int) WINDOW_BYTES).order(ByteOrder.nativeOrder());
      key = window.duplicate();
      value = window.duplicate();
    }
  }

  /**
   * Fetches the lines of the page at once, with no load waiting for another: read row by row, each
   * line not in the cache would be waited for on its own.
   */
  private void lookAhead() {
    long sum = 0;
    int end = pageAt + pageBytes;
    for (int at = pageAt; at < end; at += CACHE_LINE_BYTES) {
      sum += window.getLong(at);
    }
    seen = sum;
  }

  private int offset(int row) {
    return window.getShort(pageAt + HEADER_BYTES + row * OFFSET_BYTES) & 0xffff;
  }

  /** Shows the next row of the page, if it is there whole. */
  boolean next() {
    if (index + 1 >= rows) {
      return false;
    }
    int node = pageAt + offset(index + 1);
    if (window.getShort(node + NODE_FLAGS_AT) != 0) {
      return false;
    }
    index++;
    int valueBytes = window.getInt(node);
    int keyAt = node + NODE_HEADER_BYTES;
    int valueAt = keyAt + (window.getShort(node + NODE_KEY_BYTES_AT) & 0xffff);
    key.limit(valueAt).position(keyAt);
    value.limit(valueAt + valueBytes).position(valueAt);
    return true;
  }

  /** The key of the row that {@link #next} showed. */
  ByteBuffer key() {
    return key;
  }

  /** Its value. */
  ByteBuffer value() {
    return value;
  }
}
