package io.mooring.storage.lmdb;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineException.Kind;
import java.nio.file.Path;
import org.lmdbjava.Cursor;
import org.lmdbjava.Env;
import org.lmdbjava.LmdbException;
import org.lmdbjava.LmdbNativeException;
import org.lmdbjava.Txn;

/** Turns LMDB's errors into the engine's, in one place. */
final class LmdbErrors {

  private static final int ENOMEM = 12;
  private static final int ENOSPC = 28;
  private static final int EDQUOT = 122;

  private LmdbErrors() {}

  static EngineException of(Path directory, RuntimeException cause) {
    if (cause instanceof EngineException known) {
      return known;
    }
    return new EngineException(kind(cause), "LMDB in " + directory + ": " + advice(cause), cause);
  }

  static EngineException closed(Path directory) {
    return new EngineException(Kind.CLOSED, "LMDB in " + directory + " was used after close", null);
  }

  /** Whether the address space was refused. */
  static boolean outOfAddresses(LmdbException cause) {
    return cause instanceof LmdbNativeException known && known.getResultCode() == ENOMEM;
  }

  private static Kind kind(RuntimeException cause) {
    if (cause instanceof Env.AlreadyClosedException
        || cause instanceof Cursor.ClosedException
        || cause instanceof Txn.NotReadyException) {
      return Kind.CLOSED;
    }
    if (cause instanceof Env.MapFullException || cause instanceof Env.ReadersFullException) {
      return Kind.FULL;
    }
    if (cause instanceof LmdbNativeException.PageCorruptedException
        || cause instanceof LmdbNativeException.PageNotFoundException
        || cause instanceof LmdbNativeException.PanicException
        || cause instanceof Env.FileInvalidException) {
      return Kind.CORRUPT;
    }
    if (cause instanceof Env.VersionMismatchException) {
      return Kind.INCOMPATIBLE;
    }
    if (cause instanceof LmdbNativeException known
        && (known.getResultCode() == ENOSPC || known.getResultCode() == EDQUOT)) {
      return Kind.FULL;
    }
    return Kind.IO;
  }

  private static String advice(RuntimeException cause) {
    return switch (kind(cause)) {
      case FULL -> cause.getMessage() + "; free space, compact and defragment";
      case CORRUPT -> cause.getMessage() + "; restore this member from the others or a backup";
      case CLOSED -> "used after close";
      case IO, INCOMPATIBLE -> String.valueOf(cause.getMessage());
    };
  }
}
