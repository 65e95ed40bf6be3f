package io.mooring.api.storage;

import org.jspecify.annotations.Nullable;

/** A fault of an engine. The message names the file or directory concerned, and what to do. */
public final class EngineException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Kinds of fault, by what the owner does about them. */
  public enum Kind {
    /** Stored bytes are not what was written. */
    CORRUPT,
    /** The operating system refused. */
    IO,
    /** No space on the device, or in the engine's own bounds. */
    FULL,
    /** Written by another engine or a newer format. */
    INCOMPATIBLE,
    /** Used after close. */
    CLOSED
  }

  private final Kind kind;

  /** Creates a fault; the message is shown to operators as it is. */
  public EngineException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** What the owner should do about it. */
  public Kind kind() {
    return kind;
  }
}
