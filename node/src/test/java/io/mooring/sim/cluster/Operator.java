package io.mooring.sim.cluster;

import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.internalpb.AddMember;
import io.mooring.api.internalpb.Command;
import io.mooring.api.internalpb.PromoteMember;
import io.mooring.api.internalpb.RemoveMember;
import io.mooring.machine.Membership;
import io.mooring.machine.View;
import io.mooring.raft.core.Configuration;
import io.mooring.service.Payload;
import io.mooring.sim.cluster.Courier.Answer;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Compacts, moves leadership, and changes who takes part; starts who was added, as people do. */
final class Operator {

  private static final long PAUSE_NS = 3 * Settings.SECOND;
  private static final int MOST_MEMBERS = 7;

  private final World world;
  private final SplittableRandom random;
  private boolean stopped;
  private long nextId;

  /** When a removal was first seen: the index applied then. */
  private final Map<Long, Long> removedAt = new HashMap<>();

  Operator(World world) {
    this.world = world;
    this.random = world.random.split();
    this.nextId = world.settings.voters() + 1L;
  }

  void start() {
    world.courier.loop.timer(
        random.nextLong(PAUSE_NS),
        () -> {
          settle();
          if (!stopped) {
            act(world.anyMember());
          }
          start();
        });
  }

  /** Asks for nothing more. */
  void stop() {
    stopped = true;
  }

  private void act(Member asked) {
    switch (random.nextInt(4)) {
      case 0 -> handOver(asked);
      case 1 -> {
        if (world.settings.compactions()) {
          compact(asked);
        }
      }
      default -> {
        if (world.settings.membership()) {
          change(asked);
        }
      }
    }
  }

  private void compact(Member asked) {
    long revision = Math.max(1, world.truth.revision() - random.nextLong(30));
    CompactionRequest request =
        CompactionRequest.newBuilder()
            .setRevision(revision)
            .setPhysical(random.nextInt(3) == 0)
            .build();
    world.courier.ask(
        asked,
        (life, context) -> life.kv.compact(context, request),
        answer -> counted("compaction", answer));
  }

  private void handOver(Member asked) {
    List<Member> all = world.members();
    long to = all.get(random.nextInt(all.size())).id;
    world.courier.ask(
        asked,
        (life, context) ->
            life.raft.status().leaderId() == asked.id && to != asked.id
                ? life.raft
                    .transfer(context.loop(), to, context.deadlineNs())
                    .map(done -> Boolean.TRUE)
                : Future.succeededFuture(Boolean.FALSE),
        answer -> {
          if (answer.ok() && answer.get()) {
            world.count("leadership moved");
          }
        });
  }

  private void change(Member asked) {
    View view = newest();
    if (view == null || view.members().voters().isEmpty()) {
      return;
    }
    List<Long> voters = view.members().voters();
    List<Long> learners = view.members().learners();
    if (!learners.isEmpty() && random.nextInt(3) > 0) {
      PromoteMember promote = PromoteMember.newBuilder().setId(learners.get(0)).build();
      propose(asked, "promotion", Command.newBuilder().setPromoteMember(promote));
    } else if (random.nextBoolean() && world.members().size() < MOST_MEMBERS) {
      long id = nextId++;
      AddMember add =
          AddMember.newBuilder()
              .setId(id)
              .addPeerUrls(World.peerUrl(id))
              .setLearner(random.nextBoolean())
              .setMaxLearners(1)
              .build();
      propose(asked, "addition", Command.newBuilder().setAddMember(add));
    } else if (voters.size() > 3) {
      long id = voters.get(random.nextInt(voters.size()));
      RemoveMember remove = RemoveMember.newBuilder().setId(id).build();
      propose(asked, "removal", Command.newBuilder().setRemoveMember(remove));
    }
  }

  private void propose(Member asked, String what, Command.Builder command) {
    world.courier.<Payload>ask(
        asked,
        (life, context) -> life.proposer.propose(context, command),
        answer -> counted(what, answer));
  }

  private void counted(String what, Answer<Payload> answer) {
    if (answer.ok()) {
      answer.get().release();
      world.count(what);
    }
  }

  /** Starts who was added; takes away who was removed. */
  void settle() {
    View view = newest();
    if (view == null) {
      return;
    }
    Membership now = view.membership();
    for (long id : concat(now.voters(), now.learners())) {
      if (world.member(id) == null) {
        world.start(world.add(id, new Configuration(now.voters(), List.of(), now.learners())));
      }
    }
    for (Member member : world.members()) {
      if (view.members().wasRemoved(member.id)) {
        removedAt.putIfAbsent(member.id, view.appliedIndex());
        if (nobodyGoesBackBefore(removedAt.get(member.id), member)) {
          world.bury(member);
        }
      }
    }
  }

  /**
   * A change takes effect when it is applied. Until all others have applied it, durably, one that
   * starts again may still need the vote of who was removed.
   */
  private boolean nobodyGoesBackBefore(long index, Member removed) {
    return world.members().stream()
        .filter(member -> member != removed && !removedAt.containsKey(member.id))
        .allMatch(
            member -> {
              Life life = member.life();
              return life != null && life.apply.view().engine().durableIndex() >= index;
            });
  }

  /** Whether all that were added take part, and all that were removed are gone. */
  boolean settled() {
    View view = newest();
    return view != null
        && view.members().list().size() == world.members().size()
        && world.members().stream().noneMatch(member -> view.members().wasRemoved(member.id));
  }

  private @Nullable View newest() {
    View newest = null;
    for (Member member : world.members()) {
      Life life = member.life();
      if (life != null && life.serving) {
        View view = life.apply.view();
        newest = newest == null || view.appliedIndex() > newest.appliedIndex() ? view : newest;
      }
    }
    return newest;
  }

  private static List<Long> concat(List<Long> some, List<Long> others) {
    return java.util.stream.Stream.concat(some.stream(), others.stream()).toList();
  }
}
