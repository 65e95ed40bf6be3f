package io.mooring.raft.core;

import java.util.ArrayList;
import java.util.List;

/**
 * The way of a follower's proposals to the leader: once, in messages of bounded size, and without
 * an answer. Each member learns what became of its proposals when it applies them.
 */
final class Forwarding {

  private Forwarding() {}

  /** Sends proposals off, from the first up to one that no leader would take. */
  static Proposed toLeader(Raft raft, List<Payload> payloads) {
    long leaderId = raft.role().leaderId();
    if (leaderId == 0) {
      return new Proposed(0, Refusal.NO_LEADER);
    }
    List<Payload> part = new ArrayList<>();
    long bytes = 0;
    int taken = 0;
    Refusal refusal = null;
    for (Payload payload : payloads) {
      if (payload.data().length > raft.limits().maxEntryBytes()) {
        refusal = Refusal.TOO_LARGE;
        break;
      }
      if (!part.isEmpty() && bytes + payload.sizeBytes() > raft.limits().maxMessageBytes()) {
        send(raft, leaderId, part);
        part = new ArrayList<>();
        bytes = 0;
      }
      part.add(payload);
      bytes += payload.sizeBytes();
      taken++;
    }
    if (!part.isEmpty()) {
      send(raft, leaderId, part);
    }
    return new Proposed(taken, refusal);
  }

  private static void send(Raft raft, long leaderId, List<Payload> part) {
    raft.send(new Message.Propose(raft.memberId(), leaderId, raft.term(), part));
  }
}
