package io.mooring.machine;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.UnsafeByteOperations;
import io.mooring.api.internalpb.Command;
import io.mooring.base.Check;
import io.mooring.machine.mvcc.Validation;
import java.io.IOException;

/**
 * Takes the command out of a log entry's bytes:
 *
 * <pre>
 * | origin member id, 8 | process epoch, 8 | sequence, 8 | Command |
 * </pre>
 */
public final class CommandCodec {

  /** Bytes in front of the command: the way back to whoever waits. */
  public static final int HEADER_BYTES = 24;

  private CommandCodec() {}

  /**
   * Decodes without copying: keys and values refer to the entry's frozen bytes.
   *
   * @throws IllegalStateException when the bytes are no command: they passed the log's checksum, so
   *     this member cannot go on
   */
  public static Command decode(byte[] entry) {
    Check.that(entry.length >= HEADER_BYTES, "entry shorter than its header", entry.length);
    CodedInputStream in =
        UnsafeByteOperations.unsafeWrap(entry, HEADER_BYTES, entry.length - HEADER_BYTES)
            .newCodedInput();
    in.enableAliasing(true);
    in.setRecursionLimit(Validation.DECODE_RECURSION_LIMIT);
    try {
      return Command.parseFrom(in, ExtensionRegistryLite.getEmptyRegistry());
    } catch (IOException e) {
      throw new IllegalStateException("a committed command does not decode", e);
    }
  }
}
