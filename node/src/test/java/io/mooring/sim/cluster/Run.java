package io.mooring.sim.cluster;

import static io.mooring.sim.cluster.Truth.that;

import io.mooring.check.CommittedLog;
import io.mooring.check.Operation;
import io.mooring.check.Report;
import io.mooring.check.Verdicts;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One seed from beginning to end: first anything may happen, then all is well again, every call
 * ends, everybody agrees, and what was recorded is judged.
 */
final class Run {

  /** What all must be over in, once nothing goes wrong any more. */
  private static final long CONVERGE_NS = 60 * Settings.SECOND;

  private final World world;
  private Report verdicts = new Report();

  /**
   * What came of a run.
   *
   * @param traceHash of everything that happened, in order
   */
  record Result(
      long traceHash, long steps, long events, Report report, Map<String, Integer> counts) {}

  private Run(World world) {
    this.world = world;
  }

  /** Runs a seed with trouble of its own choice. */
  static Result of(long seed, long lengthNs) {
    SplittableRandom random = new SplittableRandom(seed);
    return of(seed, lengthNs, random, Settings.random(random));
  }

  /** Runs a seed; what goes wrong comes with the seed and the end of the trace. */
  static Result of(long seed, long lengthNs, SplittableRandom random, Settings settings) {
    Path root = directory();
    World world = new World(seed, root, random, settings);
    try {
      return new Run(world).all(lengthNs);
    } catch (RuntimeException | AssertionError failed) {
      throw new AssertionError(
          "%s%n-Dsim.seed=%d -Dsim.seeds=1, %s%n%s"
              .formatted(failed.getMessage(), seed, settings, world.trace.tail()),
          failed);
    } finally {
      world.close();
      world.members().get(0).shelf.remove(root);
    }
  }

  private Result all(long lengthNs) {
    world.members().forEach(world::start);
    world.clients.forEach(Client::start);
    world.followers.forEach(Follower::start);
    world.leaseHolder.start();
    world.operator.start();
    world.trouble.start();
    world.run(lengthNs);
    heal();
    judge();
    end();
    audit();
    return new Result(
        world.trace.hash(), world.scheduler.steps(), world.trace.events(), verdicts, world.counts);
  }

  private void heal() {
    world.trouble.end();
    world.operator.stop();
    world.leaseHolder.stop();
    world.followers.forEach(Follower::stay);
    world.run(5 * Settings.SECOND);
    world.clients.forEach(Client::stop);
    world.await(
        "every call ends", CONVERGE_NS, () -> world.clients.stream().noneMatch(Client::isOpen));
    world.await("members come and go", CONVERGE_NS, world.operator::settled);
    world.await("leases end", CONVERGE_NS, world.leaseHolder::allGone);
    world.await("members agree", CONVERGE_NS, this::agreed);
    CommittedLog log = new CommittedLog(world.truth.changes());
    world.await("followers hear all", CONVERGE_NS, () -> heardAll(log));
    world.members().forEach(member -> world.truth.content(member.id, life(member).apply.view()));
  }

  private boolean agreed() {
    long last = world.truth.last().index();
    return world.members().stream()
        .map(Member::life)
        .allMatch(life -> life != null && life.serving && life.apply.view().appliedIndex() == last);
  }

  private boolean heardAll(CommittedLog log) {
    return world.followers.stream()
        .allMatch(
            follower ->
                log.changes().stream()
                    .noneMatch(
                        change ->
                            change.key().startsWith(follower.prefix())
                                && change.revision() > follower.lastRevision()));
  }

  private static Life life(@Nullable Member member) {
    Life life = member == null ? null : member.life();
    that(life != null, "a member is down");
    return java.util.Objects.requireNonNull(life);
  }

  private void judge() {
    List<Operation> history = new ArrayList<>();
    world.clients.forEach(client -> history.addAll(client.history()));
    CommittedLog log = new CommittedLog(world.truth.changes());
    Report report = Verdicts.judge(history, log, List.of(), List.of());
    world.followers.forEach(follower -> follower.judge(log, report));
    report.judged("ended leases", world.leaseHolder.judge());
    report.judged("hashes compared", world.truth.hashesCompared());
    report.judged("outcomes compared", world.truth.outcomesCompared());
    report.judged("recoveries", world.witness.recoveries());
    report.judged("terms", world.witness.terms());
    that(report.problems().isEmpty(), String.join("\n", report.problems()));
    verdicts = report;
  }

  /** C10: whoever was served has left nothing behind, and every member ends when it is told to. */
  private void end() {
    world.followers.forEach(Follower::stop);
    world.run(Settings.SECOND);
    List<Future<?>> ends = new ArrayList<>();
    for (Member member : world.members()) {
      Life life = life(member);
      life.checkNothingLeft();
      ends.add(life.stop(world.courier.loop));
    }
    world.await(
        "members stop", 20 * Settings.SECOND, () -> ends.stream().allMatch(Future::isComplete));
  }

  /** C9: what they left on their disks is everything, and whole. */
  private void audit() {
    long last = world.truth.last().index();
    for (Member member : world.members()) {
      member.stopped();
      world.start(member);
    }
    world.await(
        "members serve again",
        CONVERGE_NS,
        () ->
            world.members().stream()
                .map(Member::life)
                .allMatch(life -> life != null && life.serving));
    that(world.truth.last().index() >= last, "P5 the end of the log is gone");
    world.members().forEach(member -> world.truth.content(member.id, life(member).apply.view()));
  }

  /** In memory where the system has that: nothing in a run rests on a real disk. */
  private static Path directory() {
    Path memory = Path.of("/dev/shm");
    try {
      return Files.isWritable(memory)
          ? Files.createTempDirectory(memory, "mooring-sim")
          : Files.createTempDirectory("mooring-sim");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
