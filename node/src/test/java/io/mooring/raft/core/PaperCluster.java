package io.mooring.raft.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/** Members for tests that read as scenarios: verbs, and what was sent. */
final class PaperCluster {

  static final byte[] DATA = {1};

  final TreeMap<Long, TranscriptMember> members = new TreeMap<>();

  PaperCluster(long... voters) {
    this(Configuration.of(voters), RaftLimits.DEFAULT, false);
  }

  PaperCluster(Configuration configuration, RaftLimits limits, boolean preVote) {
    for (long id : configuration.members()) {
      RaftConfig config = new RaftConfig(id, 10, 1, preVote, limits);
      members.put(id, new TranscriptMember(config, configuration));
    }
  }

  static PaperCluster withPreVote(long... voters) {
    return new PaperCluster(Configuration.of(voters), RaftLimits.DEFAULT, true);
  }

  TranscriptMember member(long id) {
    return java.util.Objects.requireNonNull(members.get(id));
  }

  Raft raft(long id) {
    return member(id).raft;
  }

  Role.Kind role(long id) {
    return raft(id).softState().role();
  }

  long term(long id) {
    return raft(id).hardState().term();
  }

  /** Takes a Ready, leaves its messages in the outbox and its append in flight. */
  Ready turn(long id) {
    return member(id).take(new StringBuilder());
  }

  /** Persists and applies until nothing is left; messages stay in the outbox. */
  void work(long id) {
    TranscriptMember member = member(id);
    Ready ready = turn(id);
    while (!ready.isEmpty() || member.isWriting()) {
      if (member.isWriting()) {
        member.persist();
      }
      if (!ready.committed().isEmpty()) {
        member.apply(ready.committed().get(ready.committed().size() - 1).index());
      }
      ready = turn(id);
    }
  }

  /** Everybody works and hears the others, until nothing is left. */
  void settle(long... ids) {
    List<Long> among =
        ids.length == 0 ? List.copyOf(members.keySet()) : Arrays.stream(ids).boxed().toList();
    boolean moved = true;
    while (moved) {
      moved = false;
      for (long id : among) {
        work(id);
      }
      for (long from : among) {
        for (Message message : sent(from)) {
          if (among.contains(message.to())) {
            raft(message.to()).step(message);
            moved = true;
          }
        }
      }
    }
  }

  /** Takes what a member has sent. */
  List<Message> sent(long id) {
    List<Message> sent = new ArrayList<>(member(id).outbox);
    member(id).outbox.clear();
    return sent;
  }

  /** What a member sends of one kind, once it has done all its work. */
  <T extends Message> List<T> sent(long id, Class<T> kind) {
    work(id);
    return sent(id).stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  PaperCluster lead(long id) {
    raft(id).campaign();
    settle();
    if (role(id) != Role.Kind.LEADER) {
      throw new AssertionError(id + " does not lead");
    }
    return this;
  }

  void tick(long id, int times) {
    for (int i = 0; i < times; i++) {
      raft(id).tick();
    }
  }

  void propose(long id) {
    raft(id).propose(List.of(DATA));
  }

  static Entry entry(long index, long term) {
    return new Entry(index, term, Entry.Kind.COMMAND, DATA);
  }

  /** Gives a member a log, as of a leader that is long gone: it has restarted since. */
  void fill(long id, long from, long... terms) {
    EntryId before = EntryId.ZERO;
    for (long term : terms) {
      Entry entry = entry(before.index() + 1, term);
      raft(id).step(new Message.AppendEntries(from, id, term, before, List.of(entry), 0));
      before = EntryId.of(entry);
    }
    work(id);
    forgetLeader(id);
  }

  /** A restarted member protects no leader. */
  void forgetLeader(long id) {
    work(id);
    member(id).restart();
    sent(id);
  }
}
