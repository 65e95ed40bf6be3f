package io.mooring.raft.core;

import io.mooring.base.Check;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the core wants done and has not handed out yet, and what it waits to hear the end of. */
final class Output {

  private final RaftLog log;
  private final Outbox outbox;

  /** Newest hard state handed out to be written; differs from the current one until it is. */
  private HardState writtenHardState;

  /** The one append in flight, by what it will make durable. */
  private @Nullable Persisted inFlight;

  /** A transfer snapshot to be installed, and whether that was handed out. */
  private @Nullable Transfer installing;

  private boolean installOut;
  private List<ReadState> reads = new ArrayList<>();
  private List<Long> transfers = new ArrayList<>();
  private @Nullable SoftState reportedSoftState;

  Output(RaftLog log, HardState durable) {
    this.log = log;
    this.outbox = new Outbox(durable);
    this.writtenHardState = durable;
  }

  /** The newest durable term and vote. */
  HardState durableHardState() {
    return outbox.durable();
  }

  boolean isInstalling() {
    return installing != null;
  }

  void send(Message message, HardState current) {
    outbox.send(message, current);
  }

  void confirmRead(ReadState read) {
    reads.add(read);
  }

  void wantTransfer(long memberId) {
    transfers.add(memberId);
  }

  void beginInstall(Transfer transfer) {
    Check.that(installing == null, "R24 two snapshots at once");
    Check.that(transfer.last().index() > log.committedIndex(), "R24 old snapshot");
    installing = transfer;
  }

  void endInstall(Transfer transfer) {
    Check.that(transfer.equals(installing) && installOut, "R24 the end of another snapshot");
    installing = null;
    installOut = false;
  }

  /** No answer crosses a change of role or leader (R13); nor does what only that leader needed. */
  void roleChanged() {
    reads = new ArrayList<>();
    transfers = new ArrayList<>();
  }

  void persisted(Persisted durable, HardState current) {
    Check.that(inFlight != null, "R11 persisted without an append in flight");
    Check.that(durable.equals(inFlight), "R11 persisted another append", durable.last().index());
    inFlight = null;
    log.persisted(durable.last());
    outbox.persisted(durable.hardState(), current);
  }

  Ready take(HardState hardState, SoftState softState) {
    boolean install = installing != null && !installOut && inFlight == null;
    installOut |= install;
    // While a snapshot is put in place, log and machine stand still.
    Append append = inFlight == null && !installOut ? nextAppend(hardState) : null;
    List<Entry> committed = installing == null ? log.takeCommitted() : List.of();
    List<ReadState> confirmed = reads.isEmpty() ? List.of() : reads;
    List<Long> wanted = transfers.isEmpty() ? List.of() : transfers;
    reads = reads.isEmpty() ? reads : new ArrayList<>();
    transfers = transfers.isEmpty() ? transfers : new ArrayList<>();
    SoftState news = softState.equals(reportedSoftState) ? null : softState;
    reportedSoftState = softState;
    Transfer handedOut = install ? installing : null;
    return new Ready(append, outbox.take(), committed, confirmed, wanted, handedOut, news);
  }

  private @Nullable Append nextAppend(HardState hardState) {
    boolean hardStateChanged = !hardState.equals(writtenHardState);
    if (!hardStateChanged && !log.hasUnwritten()) {
      return null;
    }
    Check.that(hardState.term() >= writtenHardState.term(), "R2 term fell", hardState.term());
    writtenHardState = hardState;
    List<Entry> entries = log.takeUnwritten();
    inFlight = new Persisted(hardState, log.lastTaken());
    // No more than what is on disk with it: a group is there whole or not at all. But no less
    // either. Who has two changes of the configuration on disk must know there that the first is
    // committed, as its leader did when it proposed the second: coming back without that, it would
    // campaign by the configuration before both, whose quorums need not meet the newest one's
    // (R18).
    long commitIndex = Math.min(log.committedIndex(), log.lastTaken().index());
    return new Append(hardStateChanged ? hardState : null, entries, commitIndex, inFlight);
  }
}
