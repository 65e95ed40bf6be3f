package io.mooring.machine;

import com.google.protobuf.Empty;
import com.google.protobuf.MessageLite;
import io.mooring.api.storage.PinRegistry;
import io.mooring.error.EtcdError;
import io.mooring.machine.mvcc.LateReads;
import org.jspecify.annotations.Nullable;

/**
 * What applying one command led to.
 *
 * @param revision the store revision that the reply's header shows
 * @param response the reply without its header; null when refused, or when it lacks something;
 *     {@link Empty} for commands that no client sends
 * @param refusal why nothing was changed; null when done
 * @param late what must be read for the reply, with all else of it; null when nothing is missing
 * @param pin keeps readable what is read late; whoever reads it closes it. If nobody does, as the
 *     one who asked is gone, its deadline ends it
 */
public record Outcome(
    long revision,
    @Nullable MessageLite response,
    @Nullable EtcdError refusal,
    @Nullable LateReads late,
    PinRegistry.@Nullable Pin pin) {

  /** A command that was carried out. */
  public static Outcome done(long revision, MessageLite response) {
    return new Outcome(revision, response, null, null, null);
  }

  /** A command of the members' own that was carried out, or had nothing to do. */
  public static Outcome done(long revision) {
    return new Outcome(revision, Empty.getDefaultInstance(), null, null, null);
  }

  /** A command that changed nothing but the applied index. */
  public static Outcome refused(long revision, EtcdError refusal) {
    return new Outcome(revision, null, refusal, null, null);
  }

  /** A command that was carried out, but whose reply is not complete. */
  static Outcome doneLate(long revision, LateReads late) {
    return new Outcome(revision, null, null, late, null);
  }

  /** The same, with a pin on what is read late. */
  public Outcome pinned(PinRegistry.Pin held) {
    return new Outcome(revision, response, refusal, late, held);
  }
}
