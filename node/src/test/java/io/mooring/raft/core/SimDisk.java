package io.mooring.raft.core;

import java.util.ArrayList;
import java.util.List;

/**
 * What a simulated member keeps over a crash: a log that is written in whole groups, and the state
 * of the machine as it was at some applied index.
 */
final class SimDisk {

  HardState hardState;
  long commitIndex;

  /** Entries before the first one here are only in the machine. */
  EntryId base;

  final List<Entry> entries = new ArrayList<>();
  MachineState machine;

  /**
   * A machine's whole state: a hash over everything applied stands for it.
   *
   * @param last entry applied last
   */
  record MachineState(EntryId last, long hash, Configuration configuration) {
    MachineState after(Entry entry, Configuration next) {
      long mixed = hash * 0x9E3779B97F4A7C15L + java.util.Arrays.hashCode(entry.data());
      return new MachineState(EntryId.of(entry), mixed * 31 + entry.term(), next);
    }
  }

  SimDisk(HardState hardState, MachineState machine) {
    this.hardState = hardState;
    this.machine = machine;
    this.base = machine.last();
  }

  long lastIndex() {
    return base.index() + entries.size();
  }

  /** One group: it replaces the tail from its first entry on. */
  void write(Append append) {
    hardState = append.persisted().hardState();
    commitIndex = Math.max(commitIndex, append.commitIndex());
    if (!append.entries().isEmpty()) {
      long first = append.entries().get(0).index();
      while (lastIndex() >= first) {
        entries.remove(entries.size() - 1);
      }
      entries.addAll(append.entries());
    }
  }

  /** Whether an entry is here, or so old that it is only in the machine. */
  boolean holds(EntryId id) {
    if (id.index() <= base.index()) {
      return id.index() < base.index() || base.term() == id.term();
    }
    return id.index() <= lastIndex() && get(id.index()).term() == id.term();
  }

  Entry get(long index) {
    return entries.get((int) (index - base.index() - 1));
  }

  void install(MachineState state) {
    machine = state;
    base = state.last();
    entries.clear();
    commitIndex = state.last().index();
  }

  /** Drops entries that the durable machine covers. */
  void truncateBefore(long index) {
    while (base.index() < Math.min(index, machine.last().index()) && !entries.isEmpty()) {
      base = EntryId.of(entries.remove(0));
    }
  }

  RaftStart start() {
    int from = (int) (machine.last().index() - base.index());
    return new RaftStart(
        hardState,
        machine.last(),
        machine.configuration(),
        entries.subList(from, entries.size()),
        commitIndex);
  }
}
