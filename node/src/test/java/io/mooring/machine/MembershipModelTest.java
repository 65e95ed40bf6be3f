package io.mooring.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.etcdserverpb.Member;
import io.mooring.api.internalpb.AddMember;
import io.mooring.api.internalpb.Command;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.testing.Covers;
import io.mooring.error.ClusterError;
import io.mooring.error.EtcdError;
import io.mooring.machine.cluster.MemberTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random changes of members, next to a model that says what they mean. */
class MembershipModelTest {

  private static final int IDS = 12;
  private static final int URLS = 10;

  /** What the commands mean, without any of the machine's code. */
  private static final class Model {
    final TreeMap<Long, Member> members = new TreeMap<>(Long::compareUnsigned);
    final Set<Long> removed = new HashSet<>();

    @Nullable EtcdError apply(Command command) {
      switch (command.getBodyCase()) {
        case ADD_MEMBER -> {
          return add(command.getAddMember());
        }
        case REMOVE_MEMBER -> {
          long id = command.getRemoveMember().getId();
          if (!members.containsKey(id)) {
            return ClusterError.MEMBER_NOT_FOUND;
          }
          if (ids(false).equals(List.of(id))) {
            return ClusterError.NOT_ENOUGH_STARTED;
          }
          members.remove(id);
          removed.add(id);
        }
        case UPDATE_MEMBER -> {
          var update = command.getUpdateMember();
          if (!members.containsKey(update.getId())) {
            return ClusterError.MEMBER_NOT_FOUND;
          }
          if (taken(update.getPeerUrlsList(), update.getId())) {
            return ClusterError.PEER_URL_EXISTS;
          }
          Member.Builder member = members.get(update.getId()).toBuilder();
          keep(member.clearPeerURLs().addAllPeerURLs(update.getPeerUrlsList()));
        }
        case PROMOTE_MEMBER -> {
          Member member = members.get(command.getPromoteMember().getId());
          if (member == null) {
            return ClusterError.MEMBER_NOT_FOUND;
          }
          if (!member.getIsLearner()) {
            return ClusterError.NOT_LEARNER;
          }
          keep(member.toBuilder().setIsLearner(false));
        }
        case PUBLISH_MEMBER -> {
          var publish = command.getPublishMember();
          if (members.containsKey(publish.getId())) {
            keep(
                members.get(publish.getId()).toBuilder()
                    .setName(publish.getName())
                    .clearClientURLs()
                    .addAllClientURLs(publish.getClientUrlsList()));
          }
        }
        default -> throw new IllegalArgumentException("not in the model");
      }
      return null;
    }

    private @Nullable EtcdError add(AddMember add) {
      if (removed.contains(add.getId())) {
        return ClusterError.MEMBER_NOT_FOUND;
      }
      if (members.containsKey(add.getId())) {
        return ClusterError.MEMBER_EXISTS;
      }
      if (taken(add.getPeerUrlsList(), add.getId())) {
        return ClusterError.PEER_URL_EXISTS;
      }
      if (add.getLearner() && ids(true).size() >= add.getMaxLearners()) {
        return ClusterError.TOO_MANY_LEARNERS;
      }
      keep(
          Member.newBuilder()
              .setID(add.getId())
              .addAllPeerURLs(add.getPeerUrlsList())
              .setIsLearner(add.getLearner()));
      return null;
    }

    List<Long> ids(boolean learners) {
      return members.values().stream()
          .filter(member -> member.getIsLearner() == learners)
          .map(Member::getID)
          .toList();
    }

    private boolean taken(List<String> urls, long exceptId) {
      return members.values().stream()
          .anyMatch(m -> m.getID() != exceptId && overlaps(m.getPeerURLsList(), urls));
    }

    private static boolean overlaps(List<String> some, List<String> others) {
      return some.stream().anyMatch(others::contains);
    }

    private void keep(Member.Builder member) {
      members.put(member.getID(), member.build());
    }
  }

  private static Command random(SplittableRandom random) {
    // High ids too: they are unsigned.
    long id = (long) random.nextInt(1, IDS) << (random.nextInt(4) == 0 ? 60 : 0);
    String url = "http://u" + random.nextInt(URLS);
    String urls = random.nextInt(4) == 0 ? url + ",http://u" + random.nextInt(URLS) : url;
    String line =
        switch (random.nextInt(8)) {
          case 0, 1 -> "add " + id + " " + urls;
          case 2, 3 -> "add " + id + " " + urls + " learner=" + random.nextInt(3);
          case 4 -> "remove " + id;
          case 5 -> "update " + id + " " + urls;
          case 6 -> "promote " + id;
          default -> "publish " + id + " n" + random.nextInt(3) + " http://c" + random.nextInt(3);
        };
    return ScriptParser.command(line);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  @Covers({"R21", "B46", "B47", "B49", "B50"})
  void everyChangeMeansWhatTheModelSays(long seed, @TempDir Path directory) {
    SplittableRandom random = new SplittableRandom(seed);
    Model model = new Model();
    model.members.put(1L, Member.newBuilder().setID(1).addPeerURLs("http://u0").build());
    try (MachineFixture fixture = new MachineFixture(directory)) {
      fixture.apply(ScriptParser.command("found 1=http://u0"));
      for (int i = 0; i < 400; i++) {
        Command command = random(random);
        List<Long> votersBefore = model.ids(false);
        EtcdError expected = model.apply(command);
        Outcome outcome = fixture.apply(command);
        String where = "seed " + seed + " step " + i + " " + command;
        assertThat(outcome.refusal()).as(where).isEqualTo(expected);
        if (random.nextInt(20) == 0) {
          fixture.restart();
        }
        assertEqual(model, fixture, where);
        assertThat(votersThatDiffer(votersBefore, model.ids(false)))
            .as(where)
            .hasSizeLessThanOrEqualTo(1);
      }
    }
  }

  private static List<Long> votersThatDiffer(List<Long> before, List<Long> after) {
    List<Long> differ = new ArrayList<>(before);
    differ.removeAll(after);
    List<Long> come = new ArrayList<>(after);
    come.removeAll(before);
    differ.addAll(come);
    return differ;
  }

  private static void assertEqual(Model model, MachineFixture fixture, String where) {
    Membership membership = fixture.machine.membership();
    assertThat(membership.voters()).as(where).isEqualTo(model.ids(false)).isNotEmpty();
    assertThat(membership.learners()).as(where).isEqualTo(model.ids(true));
    try (Snapshot snapshot = fixture.engine.snapshot()) {
      for (MemberTable table : List.of(fixture.view().members(), MemberTable.restore(snapshot))) {
        assertThat(table.list()).as(where).isEqualTo(List.copyOf(model.members.values()));
        for (long id = 1; id < IDS; id++) {
          assertThat(table.wasRemoved(id)).as(where).isEqualTo(model.removed.contains(id));
        }
      }
    }
  }
}
