package io.mooring.machine;

import com.google.protobuf.Empty;
import com.google.protobuf.MessageLite;
import io.mooring.error.EtcdError;
import org.jspecify.annotations.Nullable;

/**
 * What applying one command led to.
 *
 * @param revision the store revision that the reply's header shows
 * @param response the reply without its header; null when refused; {@link Empty} for commands that
 *     no client sends
 * @param refusal why nothing was changed; null when done
 */
public record Outcome(long revision, @Nullable MessageLite response, @Nullable EtcdError refusal) {

  /** A command that was carried out. */
  public static Outcome done(long revision, MessageLite response) {
    return new Outcome(revision, response, null);
  }

  /** A command of the members' own that was carried out, or had nothing to do. */
  public static Outcome done(long revision) {
    return new Outcome(revision, Empty.getDefaultInstance(), null);
  }

  /** A command that changed nothing but the applied index. */
  public static Outcome refused(long revision, EtcdError refusal) {
    return new Outcome(revision, null, refusal);
  }
}
