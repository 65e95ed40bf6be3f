package io.mooring.raft.core;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One member of a transcript: a core, and what stands for its disk and its machine. */
final class TranscriptMember {

  final RaftConfig config;
  Raft raft;
  final List<Message> outbox = new ArrayList<>();
  private HardState diskHardState = HardState.NONE;
  private final List<Entry> disk = new ArrayList<>();
  private EntryId base = EntryId.ZERO;
  private EntryId machine = EntryId.ZERO;
  private Configuration machineConfiguration;
  private long diskCommit;
  private @Nullable Append inFlight;
  private @Nullable Transfer install;

  TranscriptMember(RaftConfig config, Configuration configuration) {
    this.config = config;
    this.machineConfiguration = configuration;
    this.raft = start();
  }

  private Raft start() {
    int from = (int) (machine.index() - base.index());
    List<Entry> suffix = disk.subList(Math.min(from, disk.size()), disk.size());
    // Without chance: every election timeout is the shortest one.
    return new Raft(
        config,
        new RaftStart(diskHardState, machine, machineConfiguration, suffix, diskCommit),
        () -> 0L);
  }

  /** Loses what is in memory: the append in flight, the role, the commit index, all messages. */
  void restart() {
    inFlight = null;
    install = null;
    outbox.clear();
    raft = start();
  }

  boolean isWriting() {
    return inFlight != null;
  }

  void persist() {
    Append append = inFlight;
    if (append == null) {
      throw new IllegalStateException("nothing in flight");
    }
    inFlight = null;
    diskHardState = append.persisted().hardState();
    if (!append.entries().isEmpty()) {
      int keep = (int) (append.entries().get(0).index() - 1 - base.index());
      disk.subList(keep, disk.size()).clear();
      disk.addAll(append.entries());
    }
    diskCommit = append.commitIndex();
    raft.persisted(append.persisted());
  }

  /** Applies up to an index; configuration changes take effect on the way. */
  void apply(long index) {
    for (long i = machine.index() + 1; i <= index; i++) {
      Entry entry = disk.get((int) (i - base.index() - 1));
      if (entry.kind() == Entry.Kind.CONFIG) {
        machineConfiguration = raft.applyConfigChange(i, true);
      }
      machine = EntryId.of(entry);
    }
    raft.applied(index);
  }

  Transfer snapshot() {
    return new Transfer(machine, machineConfiguration);
  }

  void installed() {
    Transfer transfer = install;
    if (transfer == null) {
      throw new IllegalStateException("nothing to install");
    }
    install = null;
    disk.clear();
    base = transfer.last();
    machine = base;
    machineConfiguration = transfer.configuration();
    diskCommit = base.index();
    raft.installed(transfer);
  }

  /** Takes the Ready, and prints what was new in it. */
  Ready take(StringBuilder out) {
    Ready ready = raft.ready();
    if (ready.append() != null) {
      inFlight = ready.append();
      out.append("  append").append(inFlight.hardState() == null ? "" : " hardState");
      out.append(TranscriptFormat.entries(inFlight.entries())).append('\n');
    }
    if (!ready.committed().isEmpty()) {
      out.append("  commit").append(TranscriptFormat.entries(ready.committed())).append('\n');
    }
    for (ReadState read : ready.reads()) {
      out.append("  read context=" + read.context() + " index=" + read.index() + "\n");
    }
    for (long member : ready.transfers()) {
      out.append("  transfer to " + member + "\n");
    }
    if (ready.install() != null) {
      install = ready.install();
      out.append("  install " + install.last() + " " + install.configuration() + "\n");
    }
    for (Message message : ready.messages()) {
      out.append("  ").append(TranscriptFormat.message(message)).append('\n');
      outbox.add(message);
    }
    return ready;
  }
}
