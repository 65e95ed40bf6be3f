package io.mooring.storage.lmdb;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.util.Comparator;
import jnr.ffi.Pointer;
import org.lmdbjava.BufferProxy;
import org.lmdbjava.ByteBufferProxy;

/**
 * Passes direct buffers to LMDB and back without reaching into the JDK, for a process that was
 * started without {@code --add-opens java.base/java.nio=ALL-UNNAMED}. It makes a buffer object per
 * row read, where lmdbjava's own proxy points one object elsewhere.
 *
 * <pre>
 *   MDB_val:  | size 8 | address 8 |
 * </pre>
 */
final class PortableProxy extends BufferProxy<ByteBuffer> {

  private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

  private final MemoryIO memory = MemoryIO.getInstance();

  /** The fastest proxy that this process allows. */
  static BufferProxy<ByteBuffer> best() {
    return nioIsOpen() ? ByteBufferProxy.PROXY_OPTIMAL : new PortableProxy();
  }

  private static boolean nioIsOpen() {
    Module base = Object.class.getModule();
    Module library = BufferProxy.class.getModule();
    return base.isOpen("java.nio", library) && base.isExported("sun.nio.ch", library);
  }

  @Override
  protected ByteBuffer allocate() {
    return NOTHING;
  }

  @Override
  protected void deallocate(ByteBuffer buffer) {
    // Nothing was allocated.
  }

  @Override
  protected byte[] getBytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(buffer.position(), bytes);
    return bytes;
  }

  @Override
  protected Comparator<ByteBuffer> getSignedComparator() {
    return Comparator.naturalOrder();
  }

  @Override
  protected Comparator<ByteBuffer> getUnsignedComparator() {
    return PortableProxy::compareUnsigned;
  }

  private static int compareUnsigned(ByteBuffer left, ByteBuffer right) {
    int at = left.mismatch(right);
    if (at < 0 || at >= Math.min(left.remaining(), right.remaining())) {
      return left.remaining() - right.remaining();
    }
    return Byte.compareUnsigned(left.get(left.position() + at), right.get(right.position() + at));
  }

  @Override
  protected Pointer in(ByteBuffer buffer, Pointer value) {
    return in(buffer, buffer.remaining(), value);
  }

  @Override
  protected Pointer in(ByteBuffer buffer, int size, Pointer value) {
    value.putLong(0, size);
    value.putAddress(Long.BYTES, memory.getDirectBufferAddress(buffer) + buffer.position());
    return value;
  }

  @Override
  protected ByteBuffer out(ByteBuffer buffer, Pointer value) {
    long size = value.getLong(0);
    long address = value.getAddress(Long.BYTES);
    return size == 0 ? NOTHING : memory.newDirectByteBuffer(address, (int) size);
  }
}
