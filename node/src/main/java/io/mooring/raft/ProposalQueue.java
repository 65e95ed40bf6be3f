package io.mooring.raft;

import io.mooring.error.ServerError;
import io.mooring.loop.Reply;
import io.mooring.loop.ReplyBatch;
import io.mooring.machine.Outcome;
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
      if (held.size() < config.maxWaiting()) {
        held.add(proposal);
      } else {
        replies.fail(proposal.reply(), ServerError.TOO_MANY_REQUESTS.exception());
      }
    }
  }

  /** Proposes everything that is held, as one append; the leader refuses what exceeds its bound. */
  void propose(Raft raft) {
    if (held.isEmpty()) {
      return;
    }
    List<byte[]> entries = new ArrayList<>(held.size());
    for (Proposal proposal : held) {
      EntryHeader.sequence(proposal.entry(), sequence + entries.size() + 1);
      entries.add(proposal.entry());
    }
    Proposed proposed = raft.propose(entries);
    for (int i = 0; i < proposed.taken(); i++) {
      inLog.put(++sequence, held.remove());
    }
    if (proposed.refusal() == Refusal.NO_LEADER) {
      return; // held until somebody leads, or until their deadlines
    }
    for (Proposal refused = held.poll(); refused != null; refused = held.poll()) {
      replies.fail(refused.reply(), ServerError.TOO_MANY_REQUESTS.exception());
    }
  }

  /** Finds who waits for each of these entries, and notes that apply answers from here on. */
  Committed committed(List<Entry> entries) {
    List<@Nullable Reply<Outcome>> waiting = new ArrayList<>(entries.size());
    for (Entry entry : entries) {
      Proposal proposal = null;
      if (entry.kind() == Entry.Kind.COMMAND
          && EntryHeader.isFrom(entry.data(), config.core().memberId(), config.processEpoch())) {
        proposal = inLog.remove(EntryHeader.sequence(entry.data()));
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

  /** Answers what has waited too long. */
  void expire(long nowNs) {
    // As in etcd: never proposed because nobody led is the caller's deadline, not a timed-out
    // request.
    held.removeIf(proposal -> expired(proposal, nowNs, ServerError.DEADLINE_EXCEEDED));
    ObjectIterator<Long2ObjectMap.Entry<Proposal>> waiting =
        inLog.long2ObjectEntrySet().fastIterator();
    while (waiting.hasNext()) {
      if (expired(waiting.next().getValue(), nowNs, ServerError.TIMEOUT)) {
        waiting.remove();
      }
    }
    applying.removeIf(entry -> expired(entry.proposal, nowNs, ServerError.TIMEOUT));
  }

  private boolean expired(Proposal proposal, long nowNs, ServerError error) {
    if (nowNs - proposal.deadlineNs() < 0) {
      return false;
    }
    replies.fail(proposal.reply(), error.exception());
    return true;
  }

  boolean isEmpty() {
    return held.isEmpty() && inLog.isEmpty() && applying.isEmpty();
  }

  /** Answers everybody that the member stops. What is in the log may still be applied, later. */
  void stop() {
    held.forEach(this::stop);
    inLog.values().forEach(this::stop);
    applying.forEach(entry -> stop(entry.proposal));
    held.clear();
    inLog.clear();
    applying.clear();
  }

  private void stop(Proposal proposal) {
    replies.fail(proposal.reply(), ServerError.STOPPED.exception());
  }
}
