package io.mooring.raft.core;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Plays commands on one member and prints what follows. After each command the Ready is taken; an
 * append stays in flight until {@code persist}.
 *
 * <pre>
 *   cluster voters=1 [uncommitted=bytes] [append=bytes] [applying=bytes] [retained=bytes]
 *   campaign 1 | propose 1 a b c | persist 1 | apply 1 index | read 1 context | restart 1
 * </pre>
 */
final class RaftTranscript {

  private RaftConfig config = RaftConfig.alone(1);
  private Raft raft = new Raft(config, RaftStart.EMPTY);
  private HardState diskHardState = HardState.NONE;
  private final List<Entry> disk = new ArrayList<>();
  private EntryId machine = EntryId.ZERO;
  private long diskCommit;
  private @Nullable Append inFlight;

  String play(String line) {
    String[] words = line.split(" ");
    StringBuilder out = new StringBuilder();
    switch (words[0]) {
      case "cluster" -> cluster(words);
      case "campaign" -> raft.campaign();
      case "propose" -> propose(words, out);
      case "persist" -> persist();
      case "apply" -> apply(Long.parseLong(words[2]));
      case "read" -> out.append(raft.readIndex(Long.parseLong(words[2])) ? "" : "not leader\n");
      case "restart" -> restart();
      default -> throw new IllegalArgumentException(line);
    }
    if (words[0].equals("cluster")) {
      return "";
    }
    print(raft.ready(), out);
    return out.toString();
  }

  private void cluster(String[] words) {
    RaftConfig d = RaftConfig.alone(1);
    config =
        new RaftConfig(
            1,
            d.voters(),
            option(words, "uncommitted", d.maxUncommittedBytes()),
            option(words, "append", d.maxAppendBytes()),
            option(words, "applying", d.maxApplyingBytes()),
            option(words, "retained", d.retainedBytes()));
    raft = new Raft(config, RaftStart.EMPTY);
  }

  private static long option(String[] words, String name, long otherwise) {
    for (String word : words) {
      if (word.startsWith(name + "=")) {
        return Long.parseLong(word.substring(name.length() + 1));
      }
    }
    return otherwise;
  }

  private void propose(String[] words, StringBuilder out) {
    List<byte[]> commands = new ArrayList<>();
    for (int i = 2; i < words.length; i++) {
      commands.add(words[i].getBytes(StandardCharsets.UTF_8));
    }
    int taken = raft.propose(commands);
    if (taken < commands.size()) {
      out.append("took " + taken + " of " + commands.size() + "\n");
    }
  }

  private void persist() {
    Append append = inFlight;
    if (append == null) {
      throw new IllegalStateException("nothing in flight");
    }
    inFlight = null;
    diskHardState = append.persisted().hardState();
    disk.addAll(append.entries());
    diskCommit = append.commitIndex();
    raft.persisted(append.persisted());
  }

  private void apply(long index) {
    machine = EntryId.of(disk.get((int) index - 1));
    raft.applied(index);
  }

  /** Loses what is in memory: the append in flight, the role, the commit index. */
  private void restart() {
    inFlight = null;
    List<Entry> suffix = disk.subList((int) machine.index(), disk.size());
    raft = new Raft(config, new RaftStart(diskHardState, machine, suffix, diskCommit));
  }

  private void print(Ready ready, StringBuilder out) {
    SoftState soft = raft.softState();
    out.append(
        String.format(
            Locale.ROOT,
            "1: %s term=%d vote=%d last=%d persisted=%d commit=%d applied=%d\n",
            soft.role().name().toLowerCase(Locale.ROOT),
            soft.term(),
            raft.hardState().vote(),
            raft.lastIndex(),
            raft.persistedIndex(),
            raft.commitIndex(),
            raft.appliedIndex()));
    if (ready.append() != null) {
      inFlight = ready.append();
      out.append("  append" + (inFlight.hardState() == null ? "" : " hardState"));
      out.append(entries(inFlight.entries())).append('\n');
    }
    if (!ready.committed().isEmpty()) {
      out.append("  commit" + entries(ready.committed()) + "\n");
    }
    for (ReadState read : ready.reads()) {
      out.append("  read context=" + read.context() + " index=" + read.index() + "\n");
    }
  }

  private static String entries(List<Entry> entries) {
    StringBuilder out = new StringBuilder();
    for (Entry entry : entries) {
      String data = new String(entry.data(), StandardCharsets.UTF_8);
      out.append(' ').append(entry.index()).append('@').append(entry.term());
      out.append(entry.kind() == Entry.Kind.EMPTY ? ":" : ":" + data);
    }
    return out.toString();
  }
}
