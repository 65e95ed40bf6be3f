package io.mooring.raft.core;

import io.mooring.base.Check;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who takes part, and who counts. Immutable, and in ascending order, so that two members that hold
 * the same configuration hold equal values.
 *
 * <p>While {@code outgoing} is not empty the configuration is joint: whatever needs a quorum needs
 * one of the voters and one of the outgoing voters (Raft paper, section 6). A learner may still be
 * among the outgoing voters, and then counts there until the joint configuration is left.
 *
 * @param voters those who vote and count; never empty
 * @param outgoing voters of the configuration that is being left; empty unless joint
 * @param learners those who only receive
 */
public record Configuration(List<Long> voters, List<Long> outgoing, List<Long> learners) {

  /** Puts the ids in order, and checks what must hold. */
  public Configuration {
    voters = sorted(voters);
    outgoing = sorted(outgoing);
    learners = sorted(learners);
    Check.that(!voters.isEmpty(), "R10 no voters");
    for (long learner : learners) {
      Check.that(!voters.contains(learner), "R22 a learner among the voters", learner);
    }
    Check.that(!voters.contains(0L) && !learners.contains(0L), "R21 member id 0");
  }

  /** A configuration of voters alone. */
  public static Configuration of(long... voters) {
    return new Configuration(Arrays.stream(voters).boxed().toList(), List.of(), List.of());
  }

  /** Whether two majorities are needed. */
  public boolean isJoint() {
    return !outgoing.isEmpty();
  }

  /** Whether a member votes and counts, in either half of a joint configuration. */
  public boolean isVoter(long memberId) {
    return voters.contains(memberId) || outgoing.contains(memberId);
  }

  /** Whether a member only receives. */
  public boolean isLearner(long memberId) {
    return learners.contains(memberId) && !isVoter(memberId);
  }

  /** Whether a member takes part at all. */
  public boolean contains(long memberId) {
    return isVoter(memberId) || learners.contains(memberId);
  }

  /** Everybody who takes part, in ascending order. */
  public List<Long> members() {
    TreeSet<Long> all = new TreeSet<>(voters);
    all.addAll(outgoing);
    all.addAll(learners);
    return List.copyOf(all);
  }

  /**
   * The configuration that follows from a change. Changes of more than one voter go through a joint
   * configuration, because two majorities of configurations that differ by more need not meet
   * (R19).
   *
   * @return null when the change is not allowed here: a joint configuration may only be left, only
   *     a joint one can be left, and somebody must remain to vote
   */
  public @Nullable Configuration after(ConfigChange change) {
    if (change.isLeave()) {
      return isJoint() ? new Configuration(voters, List.of(), learners) : null;
    }
    if (isJoint()) {
      return null;
    }
    TreeSet<Long> nextVoters = new TreeSet<>(voters);
    TreeSet<Long> nextLearners = new TreeSet<>(learners);
    for (ConfigChange.Step step : change.steps()) {
      nextVoters.remove(step.memberId());
      nextLearners.remove(step.memberId());
      switch (step.kind()) {
        case ADD_VOTER -> nextVoters.add(step.memberId());
        case ADD_LEARNER -> nextLearners.add(step.memberId());
        case REMOVE -> {}
      }
    }
    if (nextVoters.isEmpty()) {
      return null;
    }
    boolean one = difference(nextVoters, voters) <= 1;
    return new Configuration(
        List.copyOf(nextVoters), one ? List.of() : voters, List.copyOf(nextLearners));
  }

  /** Voters that are in one of two sets only. */
  private static int difference(Collection<Long> some, Collection<Long> others) {
    int count = 0;
    for (long id : some) {
      count += others.contains(id) ? 0 : 1;
    }
    for (long id : others) {
      count += some.contains(id) ? 0 : 1;
    }
    return count;
  }

  private static List<Long> sorted(List<Long> ids) {
    List<Long> copy = new ArrayList<>(new TreeSet<>(ids));
    Check.that(copy.size() == ids.size(), "R21 a member twice", ids.size(), copy.size());
    return List.copyOf(copy);
  }

  @Override
  public String toString() {
    return "voters="
        + voters
        + (isJoint() ? " outgoing=" + outgoing : "")
        + (learners.isEmpty() ? "" : " learners=" + learners);
  }
}
