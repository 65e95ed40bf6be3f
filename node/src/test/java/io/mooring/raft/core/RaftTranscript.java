package io.mooring.raft.core;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * Plays commands on a cluster of cores and prints what follows. After each command the Ready of the
 * member is taken; an append stays in flight until {@code persist}, a message in its sender's
 * outbox until {@code deliver}.
 *
 * <pre>
 *   cluster voters=3 [learners=1] [prevote=false] [uncommitted=bytes] [append=bytes]
 *           [applying=bytes] [backlog=bytes] [retained=bytes] [message=bytes]
 *           [inflight=messages]
 *   campaign N | propose N a b c | read N context | transfer N to
 *   tick N [times]    only what the last one sends is shown, and not lost
 *   change N voter=4,learner=5,remove=1 | unreachable N member | join N
 *   persist N | apply N index | restart N | send-snapshot N to | installed N
 *   deliver [N]    everything under way, or what is for N; once
 *   drop [N]       the same, lost
 *   stabilize [N M ...]   persists, applies and delivers among these, until nothing is left
 *   quiet-stabilize [..]  the same, printing only where everybody ends
 *   state N        with what it knows of others
 * </pre>
 */
final class RaftTranscript {

  private final TreeMap<Long, TranscriptMember> members = new TreeMap<>();
  private String[] options = {};

  RaftTranscript() {
    cluster(new String[] {"cluster", "voters=1"});
  }

  String play(String line) {
    String[] words = line.split(" ");
    StringBuilder out = new StringBuilder();
    switch (words[0]) {
      case "cluster" -> cluster(words);
      case "deliver" -> deliver(words, out);
      case "drop" -> undelivered(words);
      case "stabilize" -> stabilize(words, out);
      case "quiet-stabilize" -> {
        stabilize(words, new StringBuilder());
        members.values().forEach(each -> out.append(TranscriptFormat.member(each.raft)));
      }
      case "join" -> join(Long.parseLong(words[1]));
      case "state" -> state(member(words), out);
      default -> {
        command(member(words), words, out);
        turn(member(words), out);
      }
    }
    return out.toString();
  }

  private TranscriptMember member(String[] words) {
    return java.util.Objects.requireNonNull(members.get(Long.parseLong(words[1])));
  }

  private void command(TranscriptMember member, String[] words, StringBuilder out) {
    Raft raft = member.raft;
    switch (words[0]) {
      case "campaign" -> raft.campaign();
      case "tick" -> {
        for (int i = words.length > 2 ? Integer.parseInt(words[2]) : 1; i > 0; i--) {
          raft.tick();
          if (i > 1) {
            member.take(new StringBuilder()); // only the last tick's output is shown
            member.outbox.clear();
          }
        }
      }
      case "propose" -> propose(raft, words, out);
      case "read" -> refusal(raft.readIndex(Long.parseLong(words[2])), out);
      case "transfer" -> refusal(raft.transferLeadership(Long.parseLong(words[2])), out);
      case "change" -> refusal(raft.proposeConfChange(change(words[2])), out);
      case "unreachable" -> raft.reportUnreachable(Long.parseLong(words[2]));
      case "persist" -> member.persist();
      case "apply" -> member.apply(Long.parseLong(words[2]));
      case "restart" -> member.restart();
      case "send-snapshot" -> {
        long to = Long.parseLong(words[2]);
        long term = raft.hardState().term();
        member.outbox.add(
            new Message.InstallSnapshot(raft.memberId(), to, term, member.snapshot()));
        raft.reportSnapshot(to);
      }
      case "installed" -> member.installed();
      default -> throw new IllegalArgumentException(words[0]);
    }
  }

  private void cluster(String[] words) {
    options = words;
    members.clear();
    long voters = option("voters", 1);
    List<Long> ids = new ArrayList<>();
    List<Long> learners = new ArrayList<>();
    for (long id = 1; id <= voters + option("learners", 0); id++) {
      (id <= voters ? ids : learners).add(id);
    }
    Configuration configuration = new Configuration(ids, List.of(), learners);
    configuration.members().forEach(id -> members.put(id, create(id, configuration)));
  }

  /** A member that knows the others, and has nothing. */
  private void join(long id) {
    members.put(id, create(id, members.firstEntry().getValue().raft.configuration()));
  }

  private TranscriptMember create(long id, Configuration configuration) {
    RaftLimits d = RaftLimits.DEFAULT;
    RaftLimits limits =
        new RaftLimits(
            d.maxEntryBytes(),
            option("uncommitted", d.maxUncommittedBytes()),
            option("append", d.maxAppendBytes()),
            option("applying", d.maxApplyingBytes()),
            option("backlog", d.maxBacklogBytes()),
            option("retained", d.retainedBytes()),
            option("message", d.maxMessageBytes()),
            d.maxInflightBytes(),
            (int) option("inflight", d.maxInflightMessages()),
            d.maxWaitingReads());
    boolean preVote = !Arrays.asList(options).contains("prevote=false");
    return new TranscriptMember(new RaftConfig(id, 10, 1, preVote, limits), configuration);
  }

  private long option(String name, long otherwise) {
    for (String word : options) {
      if (word.startsWith(name + "=")) {
        return Long.parseLong(word.substring(name.length() + 1));
      }
    }
    return otherwise;
  }

  private static void propose(Raft raft, String[] words, StringBuilder out) {
    List<byte[]> commands = new ArrayList<>();
    for (int i = 2; i < words.length; i++) {
      commands.add(words[i].getBytes(StandardCharsets.UTF_8));
    }
    Proposed proposed = raft.propose(commands);
    if (proposed.refusal() != null) {
      out.append("took " + proposed.taken() + " of " + commands.size() + ": ");
      refusal(proposed.refusal(), out);
    }
  }

  private static void refusal(@org.jspecify.annotations.Nullable Refusal why, StringBuilder out) {
    if (why != null) {
      out.append(why.name().toLowerCase(Locale.ROOT).replace('_', ' ')).append('\n');
    }
  }

  private static ConfigChange change(String words) {
    List<ConfigChange.Step> steps = new ArrayList<>();
    for (String word : words.split(",")) {
      String[] parts = word.split("=");
      ConfigChange.Kind kind =
          switch (parts[0]) {
            case "voter" -> ConfigChange.Kind.ADD_VOTER;
            case "learner" -> ConfigChange.Kind.ADD_LEARNER;
            case "remove" -> ConfigChange.Kind.REMOVE;
            default -> throw new IllegalArgumentException(word);
          };
      steps.add(new ConfigChange.Step(kind, Long.parseLong(parts[1])));
    }
    return new ConfigChange(steps, new byte[0]);
  }

  private static Ready turn(TranscriptMember member, StringBuilder out) {
    StringBuilder rest = new StringBuilder();
    Ready ready = member.take(rest);
    out.append(TranscriptFormat.member(member.raft)).append(rest);
    return ready;
  }

  private static void state(TranscriptMember member, StringBuilder out) {
    out.append(TranscriptFormat.member(member.raft));
    out.append("  ").append(member.raft.configuration()).append('\n');
    if (member.raft.role() instanceof Leader leader) {
      leader.progress().forEach((id, each) -> out.append("  " + id + ": " + each + "\n"));
    }
  }

  // The network.

  /** Takes messages out of all outboxes: all of them, or those for one member. */
  private List<Message> undelivered(String[] words) {
    List<Message> taken = new ArrayList<>();
    for (TranscriptMember from : members.values()) {
      for (Message message : List.copyOf(from.outbox)) {
        if (words.length == 1 || message.to() == Long.parseLong(words[1])) {
          taken.add(message);
          from.outbox.remove(message);
        }
      }
    }
    return taken;
  }

  private void deliver(String[] words, StringBuilder out) {
    List<Message> taken = undelivered(words);
    for (TranscriptMember to : members.values()) {
      boolean any = false;
      for (Message message : taken) {
        if (message.to() == to.raft.memberId()) {
          to.raft.step(message);
          any = true;
        }
      }
      if (any) {
        turn(to, out);
      }
    }
  }

  private void stabilize(String[] words, StringBuilder out) {
    List<TranscriptMember> some = new ArrayList<>();
    for (int i = 1; i < words.length; i++) {
      some.add(java.util.Objects.requireNonNull(members.get(Long.parseLong(words[i]))));
    }
    List<TranscriptMember> among = some.isEmpty() ? List.copyOf(members.values()) : some;
    for (int round = 0; round < 100; round++) {
      boolean quiet = true;
      for (TranscriptMember each : among) {
        quiet &= !advance(each, among, out);
      }
      if (quiet) {
        return;
      }
    }
    throw new IllegalStateException("not stable");
  }

  private static boolean advance(
      TranscriptMember member, List<TranscriptMember> among, StringBuilder out) {
    boolean moved = false;
    for (TranscriptMember from : among) {
      for (Message message : List.copyOf(from.outbox)) {
        if (message.to() == member.raft.memberId()) {
          from.outbox.remove(message);
          member.raft.step(message);
          moved = true;
        }
      }
    }
    if (member.isWriting()) {
      member.persist();
      moved = true;
    }
    if (moved) {
      Ready ready = turn(member, out);
      while (!ready.committed().isEmpty()) {
        member.apply(ready.committed().get(ready.committed().size() - 1).index());
        ready = turn(member, out);
      }
    }
    return moved;
  }
}
