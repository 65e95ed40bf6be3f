package io.mooring.check;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One call of a client, from when it was sent to what came back. Times are nanoseconds of one
 * monotonic clock shared by all clients of a history.
 *
 * @param client who called
 * @param object the register or list; see the package's description
 * @param kind what was asked
 * @param mode how fresh an answer was asked for; only {@code LINEARIZABLE} for what writes
 * @param value what was to be written; null for reads and deletes
 * @param expectedMod the mod revision a compare-and-set insists on, 0 for "absent"
 * @param callNs just before the request left
 * @param returnNs just after the answer came; {@link #NEVER} when none did, since the request may
 *     still take effect at any time
 * @param outcome what is known about it
 * @param observed versions that the answer showed, null when it showed nothing. Reads and refused
 *     compare-and-sets: the state answered from. Puts and deletes: the state before. Appends: the
 *     list after, own element last
 * @param revision of the answer's header, 0 when none came; for an old read, the revision asked for
 */
public record Operation(
    int client,
    String object,
    Kind kind,
    Mode mode,
    @Nullable String value,
    long expectedMod,
    long callNs,
    long returnNs,
    Outcome outcome,
    @Nullable List<Version> observed,
    long revision) {

  /** Return time of an operation whose outcome is unknown. */
  public static final long NEVER = Long.MAX_VALUE;

  /** What can be asked. */
  public enum Kind {
    GET,
    PUT,
    CAS,
    DELETE,
    APPEND
  }

  /** How fresh an answer must be. */
  public enum Mode {
    LINEARIZABLE,
    SERIALIZABLE,
    AT_REVISION
  }

  /** What is known of an operation. */
  public enum Outcome {
    /** Done as asked: a read answered, a write written. */
    DONE,
    /** The comparison of a compare-and-set did not hold: a read of what stood there instead. */
    REFUSED,
    /** An error that promises "not applied, now or later". */
    FAILED,
    /** Anything else: applied, not applied, or still on its way. */
    UNKNOWN
  }

  /** Whether it may change the store. */
  public boolean writes() {
    return kind != Kind.GET;
  }

  /** Whether it certainly took a revision of its own. */
  public boolean changed() {
    boolean deletedNothing = kind == Kind.DELETE && observed != null && observed.isEmpty();
    return outcome == Outcome.DONE && writes() && !deletedNothing;
  }

  /** Whether it has an answer that tells about the state of the store. */
  public boolean answered() {
    return outcome == Outcome.DONE || outcome == Outcome.REFUSED;
  }

  /** The same write, now known to have been applied before {@code returnNs}. */
  Operation seenApplied(long modRevision, long seenNs) {
    return new Operation(
        client,
        object,
        kind,
        mode,
        value,
        expectedMod,
        callNs,
        seenNs,
        Outcome.DONE,
        null,
        modRevision);
  }

  /** One line for reports; times in milliseconds from the given origin. */
  public String describe(long originNs) {
    StringBuilder text = new StringBuilder();
    text.append("client ").append(client).append(' ').append(kind).append(' ').append(object);
    if (value != null) {
      text.append('=').append(value);
    }
    if (kind == Kind.CAS) {
      text.append(" if mod=").append(expectedMod);
    }
    if (mode != Mode.LINEARIZABLE) {
      text.append(' ').append(mode);
    }
    text.append(" -> ").append(outcome).append(" rev=").append(revision);
    if (observed != null) {
      text.append(" saw ").append(observed);
    }
    text.append(" [").append(ms(callNs, originNs)).append(", ");
    return text.append(returnNs == NEVER ? "never" : ms(returnNs, originNs))
        .append("] ms")
        .toString();
  }

  private static String ms(long timeNs, long originNs) {
    long micros = (timeNs - originNs) / 1_000;
    return micros / 1_000 + "." + String.valueOf(1_000 + micros % 1_000).substring(1);
  }
}
