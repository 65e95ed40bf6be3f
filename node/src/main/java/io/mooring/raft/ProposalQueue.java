package io.mooring.raft;

import io.mooring.base.Check;
import io.mooring.error.ClusterError;
import io.mooring.error.EtcdException;
import io.mooring.error.ServerError;
import io.mooring.loop.Reply;
import io.mooring.loop.ReplyBatch;
import io.mooring.machine.MembershipChange;
import io.mooring.machine.Outcome;
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
 */
final class ProposalQueue {

  private final DriverConfig config;
  private final ReplyBatch replies;

  private final ArrayDeque<Proposal> held = new ArrayDeque<>();

  /** Changes of members go one by one, and wait for each other. */
  private final ArrayDeque<Proposal> heldChanges = new ArrayDeque<>();

  private final Long2ObjectOpenHashMap<Proposal> inLog = new Long2ObjectOpenHashMap<>();
  private final ArrayDeque<Applying> applying = new ArrayDeque<>();
  private long sequence;

  /** A write that apply will answer, unless its deadline comes first. */
  private record Applying(long index, Proposal proposal) {}

  ProposalQueue(DriverConfig config, ReplyBatch replies) {
    this.config = config;
    this.replies = replies;
  }

  /** Takes a turn's writes. */
  void add(List<Proposal> turn) {
    for (Proposal proposal : turn) {
      if (held.size() + heldChanges.size() < config.maxWaiting()) {
        (proposal.change() == null ? held : heldChanges).add(proposal);
      } else {
        replies.fail(proposal.reply(), ServerError.TOO_MANY_REQUESTS.exception());
      }
    }
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
        inLog.put(++sequence, held.remove());
      }
      Refusal refusal = proposed.refusal();
      if (refusal == null || waits(refusal)) {
        return;
      }
      // The first that was not taken; when everything is full, all behind it.
      do {
        replies.fail(held.remove().reply(), error(refusal));
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
      heldChanges.remove();
      if (refusal == null) {
        inLog.put(++sequence, first);
      } else {
        replies.fail(first.reply(), error(refusal));
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
      Proposal proposal = null;
      if (command != null
          && EntryHeader.isFrom(command, config.core().memberId(), config.processEpoch())) {
        proposal = inLog.remove(EntryHeader.sequence(command));
      }
      waiting.add(proposal == null ? null : proposal.reply());
      if (proposal != null) {
        applying.add(new Applying(entry.index(), proposal));
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
    held.removeIf(proposal -> expired(proposal, nowNs, never));
    heldChanges.removeIf(proposal -> expired(proposal, nowNs, never));
    ObjectIterator<Long2ObjectMap.Entry<Proposal>> waiting =
        inLog.long2ObjectEntrySet().fastIterator();
    while (waiting.hasNext()) {
      if (expired(waiting.next().getValue(), nowNs, late)) {
        waiting.remove();
      }
    }
    applying.removeIf(entry -> expired(entry.proposal, nowNs, late));
  }

  private boolean expired(Proposal proposal, long nowNs, LongFunction<ServerError> late) {
    if (nowNs - proposal.deadlineNs() < 0) {
      return false;
    }
    replies.fail(proposal.reply(), late.apply(proposal.beganNs()).exception());
    return true;
  }

  boolean isEmpty() {
    return held.isEmpty() && heldChanges.isEmpty() && inLog.isEmpty() && applying.isEmpty();
  }

  /** Answers everybody that the member stops. What is in the log may still be applied, later. */
  void stop() {
    held.forEach(this::stop);
    heldChanges.forEach(this::stop);
    inLog.values().forEach(this::stop);
    applying.forEach(entry -> stop(entry.proposal));
    held.clear();
    heldChanges.clear();
    inLog.clear();
    applying.clear();
  }

  private void stop(Proposal proposal) {
    replies.fail(proposal.reply(), ServerError.STOPPED.exception());
  }
}
