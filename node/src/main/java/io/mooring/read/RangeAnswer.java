package io.mooring.read;

import io.mooring.base.Check;
import io.mooring.base.WireBuffer;
import io.mooring.error.EtcdError;
import io.mooring.error.KvError;
import org.jspecify.annotations.Nullable;

/**
 * An encoded {@code RangeResponse}, or why there is none. Whoever gets one owns its share of the
 * reply budget, and gives it back by {@link #release}.
 */
public final class RangeAnswer {

  static final RangeAnswer COMPACTED = new RangeAnswer(null, KvError.COMPACTED);

  private final @Nullable RangeReply reply;
  private final @Nullable EtcdError refusal;

  private RangeAnswer(@Nullable RangeReply reply, @Nullable EtcdError refusal) {
    this.reply = reply;
    this.refusal = refusal;
  }

  static RangeAnswer of(RangeReply reply) {
    return new RangeAnswer(reply, null);
  }

  static RangeAnswer refused(EtcdError error) {
    return new RangeAnswer(null, error);
  }

  @Nullable EtcdError refusal() {
    return refusal;
  }

  /** The encoded response. */
  public WireBuffer bytes() {
    return Check.present(reply, "a refused range has no bytes").out();
  }

  /** Whether a share of the reply budget must be given back. */
  public boolean holds() {
    return reply != null && reply.holds();
  }

  /** Gives the share back, once the bytes have left or will never leave. Any thread. */
  public void release() {
    if (reply != null) {
      reply.release();
    }
  }
}
