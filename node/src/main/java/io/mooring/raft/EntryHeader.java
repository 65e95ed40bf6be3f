package io.mooring.raft;

import com.google.protobuf.CodedOutputStream;
import io.mooring.api.internalpb.Command;
import io.mooring.machine.CommandCodec;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The front of a command entry: who proposed it, so that its own apply finds whoever waits without
 * parsing the command.
 *
 * <pre>
 * | origin member id, 8 | process epoch, 8 | sequence, 8 | Command |
 * </pre>
 */
final class EntryHeader {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int EPOCH_OFFSET = 8;
  private static final int SEQUENCE_OFFSET = 16;

  private EntryHeader() {}

  /** Encodes a command behind a header whose sequence is still open. */
  static byte[] encode(long origin, long epoch, Command command) {
    int size = command.getSerializedSize();
    byte[] entry = new byte[CommandCodec.HEADER_BYTES + size];
    LONG.set(entry, 0, origin);
    LONG.set(entry, EPOCH_OFFSET, epoch);
    CodedOutputStream out = CodedOutputStream.newInstance(entry, CommandCodec.HEADER_BYTES, size);
    try {
      command.writeTo(out);
      out.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new IllegalStateException("a command does not fit its own size", e);
    }
    return entry;
  }

  /** Fills in the sequence, before the bytes enter an entry. */
  static void sequence(byte[] entry, long sequence) {
    LONG.set(entry, SEQUENCE_OFFSET, sequence);
  }

  static long sequence(byte[] entry) {
    return (long) LONG.get(entry, SEQUENCE_OFFSET);
  }

  /** Whether this process proposed the entry. */
  static boolean isFrom(byte[] entry, long origin, long epoch) {
    return entry.length >= CommandCodec.HEADER_BYTES
        && (long) LONG.get(entry, 0) == origin
        && (long) LONG.get(entry, EPOCH_OFFSET) == epoch;
  }
}
