package io.mooring.duty;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.internalpb.Command;
import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.WriteBatch;
import io.mooring.apply.LeaseDelta;
import io.mooring.error.ServerError;
import io.mooring.loop.Loop;
import io.mooring.loop.Reply;
import io.mooring.machine.Effects;
import io.mooring.machine.Machine;
import io.mooring.machine.Outcome;
import io.mooring.machine.View;
import io.mooring.machine.mvcc.AnswerRoom;
import io.mooring.raft.Consensus;
import io.mooring.raft.RaftStatus;
import io.mooring.sim.SimScheduler;
import io.mooring.storage.memory.MemoryEngineProvider;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One real machine on a memory engine under members that take turns as leader, each with its own
 * duty; consensus between them is an ordered queue that is slow, refuses, and loses answers.
 */
final class LeaseWorld {

  static final long MS = 1_000_000;
  static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  final SimScheduler sim;
  final Random random;
  final SimScheduler.SimLoop client;
  final SimScheduler.SimLoop raft;
  final MvccEngine engine;
  final Machine machine;
  final List<Member> members = new ArrayList<>();

  /** Before this moment the lease must not be proposed to expire: last promise plus TTL. */
  final Map<Long, Long> promisedUntilNs = new HashMap<>();

  final List<Command> proposals = new ArrayList<>();

  /** Leases that expiry has ended. */
  final Set<Long> expired = new HashSet<>();

  int expiriesInFlight;
  int mostExpiriesInFlight;
  int troublePercent;

  /** Whether mailboxes are full when word of leases is to be sent. */
  boolean deltasLost;

  long term = 1;
  long leader;
  long lastLeaderChangeNs;
  private View view;
  private final List<View> recent = new ArrayList<>();

  LeaseWorld(long seed, Path directory) {
    this(seed, directory, 1_000);
  }

  /** With a cost of each task, to see what happens meanwhile. */
  LeaseWorld(long seed, Path directory, long stepNs) {
    sim = new SimScheduler(seed, stepNs);
    random = new Random(seed);
    client = sim.loop("client");
    raft = sim.loop("raft");
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    engine =
        new MemoryEngineProvider()
            .open(
                EngineConfig.of(
                    directory,
                    cause -> {
                      throw new AssertionError(cause);
                    },
                    new PinRegistry()));
    machine = Machine.restore(engine);
    publish();
  }

  static LeaseTiming timing() {
    return new LeaseTiming(100 * MS, SECOND, 7 * SECOND, 50, 2, 300 * SECOND, 100, 10, 1000);
  }

  Member member(LeaseTiming timing) {
    Member member = new Member(members.size() + 1, timing);
    members.add(member);
    member.expiry.start();
    return member;
  }

  /**
   * Another leader. It has everything that was committed in its log, but may not have applied it
   * all yet: then it sees an older view until it applies an entry of its own term.
   */
  void lead(long memberId) {
    term++;
    leader = memberId;
    lastLeaderChangeNs = sim.nowNs();
    if (memberId <= members.size()) { // others lead too that have no duties here
      Member member = members.get((int) memberId - 1);
      member.lagging = recent.get(random.nextInt(recent.size()));
    }
    long newTerm = term;
    raft.timer(
        random.nextInt(300) * MS,
        () -> {
          if (newTerm == term) {
            WriteBatch batch = engine.begin();
            machine.skip(machine.appliedIndex() + 1, newTerm);
            machine.commit(batch);
            publish();
          }
        });
  }

  private void publish() {
    view = machine.view(engine);
    recent.add(view);
    if (recent.size() > 6) {
      recent.remove(0);
    }
    members.forEach(member -> member.lagging = null);
  }

  View view() {
    return view;
  }

  /** A member: its duty, and consensus as it sees it. */
  final class Member implements Consensus {

    final long id;
    final SimScheduler.SimLoop duty;
    final LeaseExpiry expiry;
    final int maxWaiting;
    private @Nullable View lagging;

    Member(long id, LeaseTiming timing) {
      this.id = id;
      this.duty = sim.loop("duty-" + id);
      this.expiry = new LeaseExpiry(duty, this, id, timing);
      this.maxWaiting = timing.maxWaiting();
    }

    @Override
    public Future<Outcome> propose(Loop loop, Command command, long deadlineNs) {
      proposals.add(command);
      if (command.hasExpireLeases()) {
        assertThat(leader).as("P21 a member that does not lead proposes expiry").isEqualTo(id);
        assertThat(command.getExpireLeases().getTerm()).as("P21").isEqualTo(term);
        for (long leaseId : command.getExpireLeases().getIdsList()) {
          assertThat(sim.nowNs())
              .as("P18 lease %d expires early", leaseId)
              .isGreaterThanOrEqualTo(promisedUntilNs.getOrDefault(leaseId, 0L));
        }
      }
      Reply<Outcome> reply = Reply.on(loop);
      if (command.hasExpireLeases()) {
        mostExpiriesInFlight = Math.max(mostExpiriesInFlight, ++expiriesInFlight);
        reply.promise().future().onComplete(done -> expiriesInFlight--);
      }
      if (trouble()) {
        reply.promise().fail(ServerError.TOO_MANY_REQUESTS.exception());
        return reply.promise().future();
      }
      boolean answerLost = trouble();
      long proposedIn = term;
      raft.timer(
          random.nextInt(20) * MS,
          () -> {
            // Behind an entry of a later term nothing of this one is ever committed.
            boolean lost = proposedIn < machine.appliedTerm();
            Outcome outcome = lost ? null : apply(command, proposedIn);
            if (answerLost || lost) {
              raft.timer(
                  Math.max(0, deadlineNs - sim.nowNs()),
                  () -> reply.promise().tryFail(ServerError.TIMEOUT.exception()));
            } else {
              reply.promise().complete(outcome);
            }
          });
      return reply.promise().future();
    }

    @Override
    public boolean backlogged() {
      return false;
    }

    @Override
    public Future<View> linearizable(Loop loop, long deadlineNs) {
      Reply<View> reply = Reply.on(loop);
      long asked = term;
      raft.timer(
          random.nextInt(10) * MS,
          () -> {
            if (asked == term && leader == id && !trouble()) {
              reply.promise().complete(view);
            } else {
              reply.promise().fail(ServerError.LEADER_CHANGED.exception());
            }
          });
      return reply.promise().future();
    }

    @Override
    public View view() {
      View old = lagging;
      return old == null ? view : old;
    }

    @Override
    public RaftStatus status() {
      return new RaftStatus(term, leader, 0, 0, 0, 0);
    }
  }

  private boolean trouble() {
    return random.nextInt(100) < troublePercent;
  }

  private Outcome apply(Command command, long entryTerm) {
    Recorder recorder = new Recorder();
    WriteBatch batch = engine.begin();
    Outcome outcome =
        machine.apply(
            batch, machine.appliedIndex() + 1, entryTerm, command, recorder, AnswerRoom.unwanted());
    machine.commit(batch);
    publish();
    if (command.hasExpireLeases()) {
      for (LeaseDelta.Change change : recorder.changes) {
        assertThat(sim.nowNs())
            .as("P18 lease %d ended early", change.leaseId())
            .isGreaterThanOrEqualTo(promisedUntilNs.getOrDefault(change.leaseId(), 0L));
        expired.add(change.leaseId());
      }
    }
    if (!recorder.changes.isEmpty()) {
      LeaseDelta delta = new LeaseDelta(List.copyOf(recorder.changes), view.appliedIndex());
      for (Member member : members) {
        for (int i = 0; deltasLost && i < member.maxWaiting; i++) {
          member.expiry.offer(new LeaseDelta(List.of(), 0), view);
        }
        member.expiry.offer(delta, view);
      }
    }
    return outcome;
  }

  private static final class Recorder implements Effects {
    private final List<LeaseDelta.Change> changes = new ArrayList<>();

    @Override
    public boolean wantsPrevious() {
      return false;
    }

    @Override
    public void put(
        long revision, byte[] key, byte[] payload, byte @Nullable [] previous, boolean known) {}

    @Override
    public void delete(long revision, byte[] key, byte @Nullable [] previous, boolean known) {}

    @Override
    public void leaseGranted(long leaseId, long ttlSeconds) {
      changes.add(new LeaseDelta.Change(LeaseDelta.Kind.GRANTED, leaseId, ttlSeconds));
    }

    @Override
    public void leaseRevoked(long leaseId) {
      changes.add(new LeaseDelta.Change(LeaseDelta.Kind.REVOKED, leaseId, 0));
    }

    @Override
    public void leaseCheckpointed(long leaseId, long remainingSeconds) {
      changes.add(new LeaseDelta.Change(LeaseDelta.Kind.CHECKPOINTED, leaseId, remainingSeconds));
    }
  }
}
