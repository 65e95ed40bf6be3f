package io.mooring.machine;

import io.mooring.api.internalpb.Command;
import org.jspecify.annotations.Nullable;

/**
 * What a command may change of who takes part in consensus: the part of it that consensus must
 * understand before it is applied. Its entry is of kind CONFIG, and at most one such entry may wait
 * to be applied. Whether it takes effect is decided at apply, by the machine.
 *
 * @param kind what happens to the member
 * @param memberId unsigned
 */
public record MembershipChange(Kind kind, long memberId) {

  /** Kinds of change. */
  public enum Kind {
    /** It votes from now on: a new member, or a learner. */
    ADD_VOTER,
    /** It receives from now on, and does not vote. */
    ADD_LEARNER,
    /** It takes no part any more. */
    REMOVE
  }

  /** The change that a command asks for; null for an ordinary one. */
  public static @Nullable MembershipChange of(Command command) {
    return switch (command.getBodyCase()) {
      case ADD_MEMBER -> {
        Kind kind = command.getAddMember().getLearner() ? Kind.ADD_LEARNER : Kind.ADD_VOTER;
        yield new MembershipChange(kind, command.getAddMember().getId());
      }
      case PROMOTE_MEMBER ->
          new MembershipChange(Kind.ADD_VOTER, command.getPromoteMember().getId());
      case REMOVE_MEMBER -> new MembershipChange(Kind.REMOVE, command.getRemoveMember().getId());
      default -> null;
    };
  }
}
