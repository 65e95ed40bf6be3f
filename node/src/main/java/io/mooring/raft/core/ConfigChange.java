package io.mooring.raft.core;

import io.mooring.base.Check;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an entry of kind {@link Entry.Kind#CONFIG} holds: the part that consensus understands, and
 * bytes for the machine (names, URLs), which alone decides at apply whether the change takes
 * effect.
 *
 * <pre>
 * | format 1: 1 | step count: 1 | per step: kind 1, member id 8 | context |
 * </pre>
 *
 * <p>Without steps it leaves a joint configuration.
 *
 * @param steps applied in order, all at once; at most {@link #MAX_STEPS}
 * @param context frozen once here, opaque to consensus
 */
@SuppressWarnings("ArrayRecordComponent") // frozen, and identity is never compared
public record ConfigChange(List<Step> steps, byte[] context) {

  /** More members than any cluster has. */
  public static final int MAX_STEPS = 100;

  private static final byte FORMAT = 1;
  private static final int HEADER_BYTES = 2;
  private static final int STEP_BYTES = 9;
  private static final byte[] NO_CONTEXT = new byte[0];

  /** Leaves a joint configuration; the leader proposes it on its own. */
  public static final ConfigChange LEAVE = new ConfigChange(List.of(), NO_CONTEXT);

  /**
   * One member's part of a change.
   *
   * @param memberId not 0
   */
  public record Step(Kind kind, long memberId) {
    /** Checks what must hold. */
    public Step {
      Check.that(memberId != 0, "R21 member id 0");
    }
  }

  /** What happens to a member. The number is part of the log's format: never renumber. */
  public enum Kind {
    /** It votes from now on; a learner is promoted. */
    ADD_VOTER(1),
    /** It receives from now on, and does not vote. */
    ADD_LEARNER(2),
    /** It takes no part any more. */
    REMOVE(3);

    private final int id;

    Kind(int id) {
      this.id = id;
    }
  }

  /** Checks what must hold. */
  public ConfigChange {
    steps = List.copyOf(steps);
    Check.that(steps.size() <= MAX_STEPS, "R19 steps in one change", steps.size());
  }

  /** A change of one member, without context. */
  public static ConfigChange of(Kind kind, long memberId) {
    return new ConfigChange(List.of(new Step(kind, memberId)), NO_CONTEXT);
  }

  /** Whether this only leaves a joint configuration. */
  public boolean isLeave() {
    return steps.isEmpty();
  }

  /** The bytes of an entry. */
  public byte[] encode() {
    int size = HEADER_BYTES + STEP_BYTES * steps.size() + context.length;
    ByteBuffer out = ByteBuffer.allocate(size).put(FORMAT).put((byte) steps.size());
    for (Step step : steps) {
      out.put((byte) step.kind().id).putLong(step.memberId());
    }
    return out.put(context).array();
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @return null when the bytes are something else; a peer may send anything
   */
  public static @Nullable ConfigChange decode(byte[] data) {
    if (data.length < HEADER_BYTES || data[0] != FORMAT) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(data, HEADER_BYTES, data.length - HEADER_BYTES);
    int count = data[1];
    if (count < 0 || count > MAX_STEPS || in.remaining() < count * STEP_BYTES) {
      return null;
    }
    List<Step> steps = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      Kind kind = kind(in.get());
      long memberId = in.getLong();
      if (kind == null || memberId == 0) {
        return null;
      }
      steps.add(new Step(kind, memberId));
    }
    byte[] context = new byte[in.remaining()];
    in.get(context);
    return new ConfigChange(steps, context);
  }

  private static @Nullable Kind kind(byte id) {
    for (Kind kind : Kind.values()) {
      if (kind.id == id) {
        return kind;
      }
    }
    return null;
  }
}
