package io.mooring.read;

import io.mooring.base.Check;
import io.mooring.base.WireBuffer;
import io.mooring.error.EtcdError;
import io.mooring.error.KvError;
import org.jspecify.annotations.Nullable;

/**
 * An encoded {@code RangeResponse} or {@code TxnResponse}, or why there is none. Whoever gets one
 * owns its share of the reply budget, and gives it back by {@link #release}.
 */
public final class RangeAnswer {

  static final RangeAnswer COMPACTED = new RangeAnswer(null, null, KvError.COMPACTED);

  private final @Nullable WireBuffer bytes;
  private final @Nullable ReplyShare share;
  private final @Nullable EtcdError refusal;

  private RangeAnswer(
      @Nullable WireBuffer bytes, @Nullable ReplyShare share, @Nullable EtcdError refusal) {
    this.bytes = bytes;
    this.share = share;
    this.refusal = refusal;
  }

  static RangeAnswer of(RangeReply reply) {
    return of(reply.out(), reply.share());
  }

  static RangeAnswer of(WireBuffer bytes, ReplyShare share) {
    return new RangeAnswer(bytes, share, null);
  }

  static RangeAnswer refused(EtcdError error) {
    return new RangeAnswer(null, null, error);
  }

  @Nullable EtcdError refusal() {
    return refusal;
  }

  /** The encoded response. */
  public WireBuffer bytes() {
    return Check.present(bytes, "a refused range has no bytes");
  }

  /** Whether a share of the reply budget must be given back. */
  public boolean holds() {
    return share != null && share.holds();
  }

  /** Gives the share back, once the bytes have left or will never leave. Any thread. */
  public void release() {
    if (share != null) {
      share.release();
    }
  }
}
