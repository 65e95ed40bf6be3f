package io.mooring.raft.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.testing.Covers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ConfigurationTest {

  private final Configuration three = Configuration.of(3, 1, 2);

  @Test
  @Covers("R19")
  void oneVoterMoreOrLessNeedsNoJointConfiguration() {
    assertThat(three.after(ConfigChange.of(ConfigChange.Kind.ADD_VOTER, 4)))
        .isEqualTo(Configuration.of(1, 2, 3, 4));
    assertThat(three.after(ConfigChange.of(ConfigChange.Kind.REMOVE, 1)))
        .isEqualTo(Configuration.of(2, 3));
    assertThat(three.after(ConfigChange.of(ConfigChange.Kind.ADD_LEARNER, 4)))
        .isEqualTo(new Configuration(List.of(1L, 2L, 3L), List.of(), List.of(4L)));
  }

  @Test
  @Covers("R19")
  void aReplacedVoterGoesThroughAJointConfiguration() {
    ConfigChange replace =
        new ConfigChange(
            List.of(
                new ConfigChange.Step(ConfigChange.Kind.ADD_VOTER, 4),
                new ConfigChange.Step(ConfigChange.Kind.REMOVE, 1)),
            new byte[0]);
    Configuration joint = Objects.requireNonNull(three.after(replace));
    assertThat(joint)
        .isEqualTo(new Configuration(List.of(2L, 3L, 4L), List.of(1L, 2L, 3L), List.of()));
    assertThat(joint.after(replace)).as("only leaving is allowed").isNull();
    assertThat(joint.after(ConfigChange.LEAVE)).isEqualTo(Configuration.of(2, 3, 4));
    assertThat(three.after(ConfigChange.LEAVE)).isNull();
  }

  /** Any quorum before a change and any quorum after it have a member in common. */
  @Test
  @Covers({"R19", "R10"})
  void quorumsOfNeighboursAlwaysMeet() {
    SplittableRandom random = new SplittableRandom(5);
    for (int round = 0; round < 2_000; round++) {
      Configuration before = Configuration.of(1, 2, 3);
      for (int i = 0; i < 6; i++) {
        Configuration after = before.after(change(random, before));
        if (after == null) {
          continue;
        }
        Quorum one = new Quorum(before);
        Quorum other = new Quorum(after);
        for (int some = 0; some < 1 << 7; some++) {
          int members = some;
          boolean apart =
              one.reached(m -> (members >> (m - 1) & 1) == 1)
                  && other.reached(m -> (members >> (m - 1) & 1) == 0);
          assertThat(apart).as("round %d: %s, then %s", round, before, after).isFalse();
        }
        before = after;
      }
    }
  }

  private static ConfigChange change(SplittableRandom random, Configuration now) {
    if (now.isJoint()) {
      return ConfigChange.LEAVE;
    }
    List<ConfigChange.Step> steps = new ArrayList<>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      ConfigChange.Kind kind = ConfigChange.Kind.values()[random.nextInt(3)];
      steps.add(new ConfigChange.Step(kind, 1 + random.nextInt(7)));
    }
    return new ConfigChange(steps, new byte[0]);
  }

  @Test
  void somebodyMustRemainToVote() {
    assertThat(Configuration.of(1).after(ConfigChange.of(ConfigChange.Kind.REMOVE, 1))).isNull();
    assertThatThrownBy(() -> new Configuration(List.of(), List.of(), List.of(1L)))
        .hasMessageStartingWith("R10");
    assertThatThrownBy(() -> new Configuration(List.of(1L), List.of(), List.of(1L)))
        .hasMessageStartingWith("R22");
  }

  @Test
  void aDemotedVoterCountsUntilTheJointConfigurationIsLeft() {
    ConfigChange demote =
        new ConfigChange(
            List.of(
                new ConfigChange.Step(ConfigChange.Kind.ADD_LEARNER, 1),
                new ConfigChange.Step(ConfigChange.Kind.ADD_VOTER, 4)),
            new byte[0]);
    Configuration joint = Objects.requireNonNull(three.after(demote));
    assertThat(joint.isVoter(1)).isTrue();
    assertThat(joint.isLearner(1)).isFalse();
    Configuration left = Objects.requireNonNull(joint.after(ConfigChange.LEAVE));
    assertThat(left.isLearner(1)).isTrue();
  }

  /** What a peer sends is anything. */
  @Test
  @Covers("B90")
  void decodesWhatItEncodedAndNothingElse() {
    SplittableRandom random = new SplittableRandom(3);
    for (int round = 0; round < 2_000; round++) {
      byte[] context = new byte[random.nextInt(20)];
      random.nextBytes(context);
      ConfigChange plain = change(random, three);
      ConfigChange change = new ConfigChange(plain.steps(), context);
      byte[] bytes = change.encode();
      ConfigChange back = Objects.requireNonNull(ConfigChange.decode(bytes));
      assertThat(back.steps()).isEqualTo(change.steps());
      assertThat(back.context()).isEqualTo(context);
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      ConfigChange.decode(bytes);
      ConfigChange.decode(Arrays.copyOf(bytes, random.nextInt(bytes.length)));
    }
    assertThat(ConfigChange.decode(new byte[] {1, 1, 9, 0, 0, 0, 0, 0, 0, 0, 1})).isNull();
    assertThat(ConfigChange.decode(new byte[] {1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0})).isNull();
    assertThat(ConfigChange.decode(new byte[] {2, 0})).isNull();
  }
}
