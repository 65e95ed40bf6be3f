package io.mooring.boot;

import io.mooring.apply.ApplyDriver;
import io.mooring.loop.Loop;
import io.mooring.raft.RaftDriver;
import io.mooring.transfer.StateTransfers;

/**
 * What a member consists of before it serves anybody: consensus, machine, the ways to other
 * members, and what they keep on disk.
 */
record MemberCore(
    Loops loops,
    Stores stores,
    ApplyDriver apply,
    RaftDriver raft,
    StateTransfers states,
    Peers peers) {

  /**
   * Closes all of it, in the order in which one needs the other. On the thread that starts and
   * stops the member; nothing that uses it runs any more. What fails keeps nothing else open.
   *
   * @param graceNs how long to wait for writes and reads that are under way
   * @param unused runs when consensus has answered everybody
   * @throws RuntimeException the first failure, with the others attached
   */
  void close(long graceNs, Runnable unused) {
    Loop caller = loops.duty();
    new Closing()
        .then(
            "stopping consensus",
            () -> Waiting.forIt(raft.stop(caller, graceNs), "stopping consensus"))
        .then("closing the links to other members", peers::close)
        .then("closing what reads", unused)
        .then(
            "syncing the engine", () -> Waiting.forAsLong(apply.stop(caller), "syncing the engine"))
        .then("ending transfers", () -> Waiting.forAsLong(states.stop(caller), "ending transfers"))
        .then("closing the log", () -> Waiting.forIt(raft.closeLog(caller), "closing the log"))
        .then("ending the loops", loops::close)
        .then("releasing the data directory", stores::release)
        .end();
  }
}
