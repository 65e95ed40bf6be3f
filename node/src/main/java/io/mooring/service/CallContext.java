package io.mooring.service;

import io.mooring.loop.Loop;
import io.mooring.machine.auth.Caller;
import org.jspecify.annotations.Nullable;

/**
 * What a call brings beside its message.
 *
 * @param loop the client loop that the call lives on; futures and replies belong there
 * @param deadlineNs when the client gives up, on the loop's clock; {@link #NO_DEADLINE} for never.
 *     The wire itself answers a call that is late, so this is for those who wait elsewhere
 * @param caller who asks
 * @param token the auth token as sent, without {@code Bearer }, or null
 * @param requireLeader whether the client wants to fail while no leader is known (metadata {@code
 *     hasleader}). The wire refuses new calls; long streams look again themselves
 */
public record CallContext(
    Loop loop, long deadlineNs, Caller caller, @Nullable String token, boolean requireLeader) {

  /** {@link #deadlineNs} of a call that may wait for ever. */
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  /** The context of a call as it arrives, before anybody asked who it is. */
  public static CallContext arriving(
      Loop loop, long deadlineNs, @Nullable String token, boolean requireLeader) {
    return new CallContext(loop, deadlineNs, Caller.ANONYMOUS, token, requireLeader);
  }
}
