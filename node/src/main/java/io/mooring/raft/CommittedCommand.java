package io.mooring.raft;

import io.mooring.base.Check;
import io.mooring.raft.core.ConfigChange;
import io.mooring.raft.core.Entry;
import org.jspecify.annotations.Nullable;

/** Where an entry of the log holds its command: all of it, or inside a change of configuration. */
public final class CommittedCommand {

  private CommittedCommand() {}

  /**
   * The command with its header, as the origin encoded it.
   *
   * @return null for an entry without one: a new leader's first, and the end of a joint
   *     configuration
   */
  public static byte @Nullable [] of(Entry entry) {
    return switch (entry.kind()) {
      case EMPTY -> null;
      case COMMAND -> entry.data();
      case CONFIG -> {
        ConfigChange change =
            Check.present(ConfigChange.decode(entry.data()), "R18 unreadable change");
        yield change.isLeave() ? null : change.context();
      }
    };
  }
}
