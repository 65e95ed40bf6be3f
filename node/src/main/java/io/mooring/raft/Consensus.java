package io.mooring.raft;

import io.mooring.api.internalpb.Command;
import io.mooring.loop.Loop;
import io.mooring.machine.Outcome;
import io.mooring.machine.View;
import io.vertx.core.Future;

/**
 * What services and duties ask of consensus. Any loop may call; futures resume on the loop passed.
 * Failures are {@link io.mooring.error.EtcdException}s; a timed-out write may still commit.
 */
public interface Consensus {

  /**
   * Proposes a command and waits until this member has applied it.
   *
   * @param loop the caller's loop
   * @param deadlineNs on the loop's clock; the server's own timeout when it is sooner
   */
  Future<Outcome> propose(Loop loop, Command command, long deadlineNs);

  /**
   * Whether clients' writes are refused for now, whatever they are: too much is committed that this
   * member has not applied. Never blocks.
   */
  boolean backlogged();

  /** A view at least as new as every write acknowledged anywhere before this call. */
  Future<View> linearizable(Loop loop, long deadlineNs);

  /** The newest view of this member. Never blocks. */
  View view();

  /** Where this member stands. Never blocks. */
  RaftStatus status();
}
