package io.mooring.raft;

import io.mooring.base.Check;
import io.mooring.machine.Membership;
import io.mooring.raft.core.Configuration;
import io.mooring.raft.core.Raft;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Lets the core follow the member table, which alone says who takes part (R21). A member that joins
 * begins with the cluster as it was when it asked, and is ahead of its own table until it has
 * caught up. On the raft loop, but for {@link #configured}.
 */
final class TableFollower {

  private final ConcurrentLinkedQueue<Configured> changes = new ConcurrentLinkedQueue<>();
  private @Nullable Configuration joining;

  /** An applied change of members, on its way to the core. */
  private record Configured(long index, boolean accepted, Membership now) {}

  /**
   * Creates one.
   *
   * @param joining the cluster as others described it; null for a member whose table says it
   */
  TableFollower(@Nullable Configuration joining) {
    this.joining = joining;
  }

  /** A change was applied; those of earlier indexes came before. Any thread. */
  void configured(long index, boolean accepted, Membership now) {
    changes.add(new Configured(index, accepted, now));
  }

  /** Who takes part after everything that was replayed. */
  Configuration afterReplay(Membership now) {
    if (now.voters().isEmpty()) {
      return Check.present(joining, "R21 no members, and nobody to join");
    }
    joining = null;
    return new Configuration(now.voters(), List.of(), now.learners());
  }

  /** Forgets what was applied by the replay: the core begins with all of it. */
  void replayed() {
    changes.clear();
  }

  /** Forgets what an installed snapshot has in it: the core has its configuration from there. */
  void installed(long index) {
    changes.removeIf(change -> change.index <= index);
  }

  /** Tells the core of the changes up to an applied index. */
  void follow(Raft core, long appliedIndex) {
    for (Configured change = changes.peek();
        change != null && change.index <= appliedIndex;
        change = changes.peek()) {
      apply(core, changes.remove());
    }
  }

  private void apply(Raft core, Configured change) {
    Configuration held = core.applyConfigChange(change.index, change.accepted);
    boolean same =
        held.voters().equals(ascending(change.now.voters()))
            && held.learners().equals(ascending(change.now.learners()));
    Check.that(same || joining != null, "R21 table and consensus differ", change.index);
    if (same) {
      joining = null;
    }
  }

  private static List<Long> ascending(List<Long> ids) {
    return ids.stream().sorted().toList();
  }
}
