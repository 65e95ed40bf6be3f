package io.mooring.storage.rocksdb;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineException.Kind;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** Makes engine faults of RocksDB's, in one place. */
final class Faults {

  private final Path directory;

  Faults(Path directory) {
    this.directory = directory;
  }

  /** The fault that a call met. */
  EngineException of(String action, RocksDBException cause) {
    Kind kind = kind(cause.getStatus());
    String advice =
        switch (kind) {
          case CORRUPT -> "; stored bytes are damaged: rebuild this member from the others";
          case FULL -> "; free space on the device and start again";
          case INCOMPATIBLE -> "; it was written by a newer release";
          case IO, CLOSED -> "";
        };
    String message = "RocksDB in " + directory + ": " + action + ": " + text(cause) + advice;
    return new EngineException(kind, message, cause);
  }

  /** A fault that RocksDB counted in its own threads, without saying which. */
  EngineException inBackground(long count) {
    return new EngineException(
        Kind.IO,
        "RocksDB in " + directory + ": " + count + " background errors; its file LOG has them",
        null);
  }

  /** The answer to any use after close. */
  EngineException closed() {
    return new EngineException(Kind.CLOSED, "RocksDB in " + directory + " is closed", null);
  }

  private static Kind kind(@Nullable Status status) {
    if (status == null) {
      return Kind.IO;
    }
    return switch (status.getCode()) {
      case Corruption -> Kind.CORRUPT;
      case NotSupported -> Kind.INCOMPATIBLE;
      case ShutdownInProgress -> Kind.CLOSED;
      default -> status.getSubCode() == Status.SubCode.NoSpace ? Kind.FULL : Kind.IO;
    };
  }

  private static String text(RocksDBException cause) {
    Status status = cause.getStatus();
    return cause.getMessage() + (status == null ? "" : " (" + status.getCodeString() + ")");
  }
}
