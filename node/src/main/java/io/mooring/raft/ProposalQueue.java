package io.mooring.raft;

import io.mooring.base.Check;
import io.mooring.error.ClusterError;
import io.mooring.error.EtcdException;
import io.mooring.error.ServerError;
import io.mooring.loop.Reply;
import io.mooring.loop.ReplyBatch;
import io.mooring.machine.MembershipChange;
import io.mooring.machine.Outcome;
import io.mooring.raft.Proposal.Waiting;
import io.mooring.raft.core.ConfigChange;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.Proposed;
import io.mooring.raft.core.Raft;
import io.mooring.raft.core.Refusal;
import it.unimi.dsi.fastutil.longs.Long2ObjectMap;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.objects.ObjectIterator;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Writes that wait for their outcome, on the raft loop: held while nobody leads, then in the log
 * under a sequence, then on the way to the machine. Each is answered once; one that timed out may
 * still be applied, and its outcome then goes nowhere.
 *
 * <p>Bounded in number, and in the bytes of those that are held: the bytes of the others are the
 * log's, or have been sent to the leader, and are not kept here.
 */
final class ProposalQueue {

  private final DriverConfig config;
  private final ReplyBatch replies;

  private final ArrayDeque<Proposal> held = new ArrayDeque<>();
  private long heldBytes;

  /** Changes of members go one by one, and wait for each other. */
  private final ArrayDeque<Proposal> heldChanges = new ArrayDeque<>();

  private final Long2ObjectOpenHashMap<Waiting> inLog = new Long2ObjectOpenHashMap<>();
  private final ArrayDeque<Applying> applying = new ArrayDeque<>();
  private long sequence;

  /** A write that apply will answer, unless its deadline comes first. */
  private record Applying(long index, Waiting waiting) {}

  ProposalQueue(DriverConfig config, ReplyBatch replies) {
    this.config = config;
    this.replies = replies;
  }

  /** Takes a turn's writes. */
  void add(List<Proposal> turn) {
    for (Proposal proposal : turn) {
      if (hasRoom(proposal)) {
        (proposal.change() == null ? held : heldChanges).add(proposal);
        heldBytes += proposal.entry().length;
      } else {
        refuse(proposal, ServerError.TOO_MANY_REQUESTS.exception());
      }
    }
  }

  private boolean hasRoom(Proposal proposal) {
    boolean fits = heldBytes + proposal.entry().length <= config.maxWaitingBytes();
    return held.size() + heldChanges.size() + inLog.size() < config.maxWaiting()
        && (fits || proposal.privileged());
  }

  private Proposal noLongerHeld(ArrayDeque<Proposal> from) {
    Proposal first = from.remove();
    heldBytes -= first.entry().length;
    return first;
  }

  private void refuse(Proposal proposal, EtcdException reason) {
    replies.fail(proposal.waiting().reply(), reason);
  }

  /**
   * Proposes what is held, or sends it to the leader. What cannot go now, because nobody leads or
   * leadership is being handed over, stays until it can or until its deadline.
   */
  void propose(Raft raft) {
    proposeChanges(raft);
    while (!held.isEmpty()) {
      List<byte[]> entries = new ArrayList<>(held.size());
      for (Proposal proposal : held) {
        EntryHeader.sequence(proposal.entry(), sequence + entries.size() + 1);
        entries.add(proposal.entry());
      }
      Proposed proposed = raft.propose(entries);
      for (int i = 0; i < proposed.taken(); i++) {
        inLog.put(++sequence, noLongerHeld(held).waiting());
      }
      Refusal refusal = proposed.refusal();
      if (refusal == null || waits(refusal)) {
        return;
      }
      // The first that was not taken; when everything is full, all behind it.
      do {
        refuse(noLongerHeld(held), error(refusal));
      } while (refusal == Refusal.FULL && !held.isEmpty());
    }
  }

  private void proposeChanges(Raft raft) {
    while (!heldChanges.isEmpty()) {
      Proposal first = heldChanges.getFirst();
      EntryHeader.sequence(first.entry(), sequence + 1);
      MembershipChange change = Check.present(first.change(), "not a change of members");
      Refusal refusal =
          raft.proposeConfChange(new ConfigChange(List.of(step(change)), first.entry()));
      if (refusal != null && waits(refusal)) {
        return;
      }
      noLongerHeld(heldChanges);
      if (refusal == null) {
        inLog.put(++sequence, first.waiting());
      } else {
        refuse(first, error(refusal));
      }
    }
  }

  private static ConfigChange.Step step(MembershipChange change) {
    ConfigChange.Kind kind =
        switch (change.kind()) {
          case ADD_VOTER -> ConfigChange.Kind.ADD_VOTER;
          case ADD_LEARNER -> ConfigChange.Kind.ADD_LEARNER;
          case REMOVE -> ConfigChange.Kind.REMOVE;
        };
    return new ConfigChange.Step(kind, change.memberId());
  }

  private static boolean waits(Refusal refusal) {
    return switch (refusal) {
      case NO_LEADER, IN_TRANSFER, CHANGE_PENDING -> true;
      case NOT_LEADER, TOO_LARGE, FULL, CHANGE_INVALID, NOT_VOTER -> false;
    };
  }

  private static EtcdException error(Refusal refusal) {
    return switch (refusal) {
      case TOO_LARGE -> ServerError.REQUEST_TOO_LARGE.exception();
      case FULL -> ServerError.TOO_MANY_REQUESTS.exception();
      case CHANGE_INVALID, NOT_VOTER -> ClusterError.NOT_ENOUGH_STARTED.exception();
      case NO_LEADER, NOT_LEADER, IN_TRANSFER, CHANGE_PENDING -> ServerError.NO_LEADER.exception();
    };
  }

  /** Finds who waits for each of these entries, and notes that apply answers from here on. */
  Committed committed(List<Entry> entries) {
    List<@Nullable Reply<Outcome>> waiting = new ArrayList<>(entries.size());
    for (Entry entry : entries) {
      byte[] command = CommittedCommand.of(entry);
      Waiting waits = null;
      if (command != null
          && EntryHeader.isFrom(command, config.core().memberId(), config.processEpoch())) {
        waits = inLog.remove(EntryHeader.sequence(command));
      }
      waiting.add(waits == null ? null : waits.reply());
      if (waits != null) {
        applying.add(new Applying(entry.index(), waits));
      }
    }
    return new Committed(entries, waiting);
  }

  /** Apply has answered everything up to an index. */
  void applied(long index) {
    for (Applying first = applying.peek();
        first != null && first.index <= index;
        first = applying.peek()) {
      applying.remove();
    }
  }

  /**
   * Answers what has waited too long.
   *
   * @param leader whether one is known
   * @param late what to say of a write that was proposed, by when it came
   */
  void expire(long nowNs, boolean leader, LongFunction<ServerError> late) {
    // As in etcd: never proposed because nobody led is the caller's deadline, not a timed-out
    // request.
    LongFunction<ServerError> never = leader ? late : beganNs -> ServerError.DEADLINE_EXCEEDED;
    held.removeIf(proposal -> expiredHeld(proposal, nowNs, never));
    heldChanges.removeIf(proposal -> expiredHeld(proposal, nowNs, never));
    ObjectIterator<Long2ObjectMap.Entry<Waiting>> waiting =
        inLog.long2ObjectEntrySet().fastIterator();
    while (waiting.hasNext()) {
      if (expired(waiting.next().getValue(), nowNs, late)) {
        waiting.remove();
      }
    }
    applying.removeIf(entry -> expired(entry.waiting, nowNs, late));
  }

  private boolean expiredHeld(Proposal proposal, long nowNs, LongFunction<ServerError> late) {
    boolean expired = expired(proposal.waiting(), nowNs, late);
    heldBytes -= expired ? proposal.entry().length : 0;
    return expired;
  }

  private boolean expired(Waiting waiting, long nowNs, LongFunction<ServerError> late) {
    if (!waiting.late(nowNs)) {
      return false;
    }
    replies.fail(waiting.reply(), late.apply(waiting.beganNs()).exception());
    return true;
  }

  boolean isEmpty() {
    return held.isEmpty() && heldChanges.isEmpty() && inLog.isEmpty() && applying.isEmpty();
  }

  /** Answers everybody that the member stops. What is in the log may still be applied, later. */
  void stop() {
    held.forEach(proposal -> stop(proposal.waiting()));
    heldChanges.forEach(proposal -> stop(proposal.waiting()));
    inLog.values().forEach(this::stop);
    applying.forEach(entry -> stop(entry.waiting));
    held.clear();
    heldChanges.clear();
    heldBytes = 0;
    inLog.clear();
    applying.clear();
  }

  private void stop(Waiting waiting) {
    replies.fail(waiting.reply(), ServerError.STOPPED.exception());
  }
}
