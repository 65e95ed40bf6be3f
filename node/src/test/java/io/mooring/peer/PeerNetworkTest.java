package io.mooring.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mooring.api.internalpb.ClusterDescription;
import io.mooring.api.internalpb.LeaderAnswer;
import io.mooring.api.internalpb.LeaderAsk;
import io.mooring.api.testing.Covers;
import io.mooring.peer.PeerWorld.One;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.Message;
import io.vertx.core.Future;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PeerNetworkTest {

  private static final long SECOND_NS = 1_000_000_000;
  private static final Set<Long> NONE = Set.of();

  private final PeerWorld world = new PeerWorld();

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void messagesArriveInOrderBothWays() {
    One one = world.member(1);
    One two = world.member(2);
    world.introduce(one, two);
    connected(one, two);
    List<Message> sent = new ArrayList<>();
    for (int turn = 0; turn < 100; turn++) {
      List<Message> made = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        made.add(new Message.Appended(1, 2, 7, 50L * turn + i));
      }
      sent.addAll(made);
      one.network.send(made);
    }
    two.send(new Message.TimeoutNow(2, 1, 9));
    await().until(() -> two.received.size() == sent.size());
    assertThat(two.received).containsExactlyElementsOf(sent);
    await().until(() -> one.received.size() == 1);
    assertThat(one.unreachable).isEmpty();
    assertThat(two.network.connectedForNs(1)).isNotNegative();
  }

  /** A joiner must answer its leader before its own table has anybody else. */
  @Test
  void whoeverGreetsIsLinkedToUntilTheBookSaysWhatItIs() {
    One one = world.member(1);
    One two = world.member(2);
    one.network.update(new PeerBook(Map.of(1L, List.of(one.url()), 2L, List.of(two.url())), NONE));
    await().until(() -> two.network.connectedForNs(1) >= 0);
    two.send(new Message.Appended(2, 1, 7, 5));
    await().until(() -> !one.received.isEmpty());
    two.network.update(new PeerBook(Map.of(2L, List.of(two.url())), Set.of(1L)));
    await().until(() -> two.network.connectedForNs(1) < 0);
  }

  /** A joiner's table begins with the founders; its leader may not be one of them. */
  @Test
  void whoeverGreetedIsLinkedToThoughTheTableIsBehind() {
    One one = world.member(1);
    One two = world.member(2);
    world.introduce(one, two);
    connected(one, two);
    two.network.update(new PeerBook(Map.of(3L, List.of(URI.create("http://127.0.0.1:1"))), NONE));
    await().until(() -> two.network.meters().containsKey(3L));
    two.send(new Message.Appended(2, 1, 7, 5));
    await().until(() -> !one.received.isEmpty());
    assertThat(two.unreachable).doesNotContain(1L);
  }

  @Test
  void questionsGoToAnyUrlOfAMember() {
    One one = world.member(1);
    One two = world.member(2);
    URI nowhere = URI.create("http://127.0.0.1:1");
    one.network.update(new PeerBook(Map.of(2L, List.of(nowhere, two.url())), NONE));
    LeaderAsk ask =
        LeaderAsk.newBuilder().setRestOfLease(LeaderAsk.RestOfLease.newBuilder().setId(77)).build();
    LeaderAnswer answer = PeerWorld.await(one.network.ask(one.loop, 2, ask, SECOND_NS));
    assertThat(answer.getRest().getRemainingNs()).isEqualTo(77);
  }

  @Test
  void questionsAreAnsweredByTheMemberTheyAreForAlone() {
    One one = world.member(1);
    One two = world.member(2);
    One stranger = world.member(0xC2, 3);
    world.introduce(one, two, stranger);
    LeaderAsk ask =
        LeaderAsk.newBuilder().setRestOfLease(LeaderAsk.RestOfLease.newBuilder().setId(77)).build();
    LeaderAnswer answer = PeerWorld.await(one.network.ask(one.loop, 2, ask, 10 * SECOND_NS));
    assertThat(answer.getRest().getRemainingNs()).isEqualTo(77);
    assertThat(failed(stranger.network.ask(stranger.loop, 2, ask, SECOND_NS))).isTrue();
    assertThat(failed(one.network.ask(one.loop, 9, ask, SECOND_NS))).isTrue();
    two.deafen();
    assertThat(failed(one.network.ask(one.loop, 2, ask, SECOND_NS))).isTrue();
  }

  @Test
  void questionsGoToWhicheverUrlTakesThem() {
    One one = world.member(1);
    One two = world.member(2);
    URI nowhere = URI.create("http://127.0.0.1:1");
    for (List<URI> urls : List.of(List.of(nowhere, two.url()), List.of(two.url(), nowhere))) {
      one.network.update(new PeerBook(Map.of(2L, urls), Set.of()));
      for (int i = 0; i < 3; i++) {
        LeaderAsk ask = LeaderAsk.getDefaultInstance();
        long beganNs = one.loop.nowNs();
        PeerWorld.await(one.network.ask(one.loop, 2, ask, 20 * SECOND_NS));
        // The other end knows until when: that much time, and not the seconds of its own.
        assertThat(world.answers.deadlineNs - beganNs).isBetween(15 * SECOND_NS, 40 * SECOND_NS);
      }
    }
    one.network.update(new PeerBook(Map.of(2L, List.of(nowhere, nowhere)), Set.of()));
    assertThat(failed(one.network.ask(one.loop, 2, LeaderAsk.getDefaultInstance(), SECOND_NS)))
        .isTrue();
  }

  @Test
  void aProbeHearsThoseThatAnswerInTime() {
    One one = world.member(1);
    One two = world.member(2);
    two.deafen();
    List<ClusterDescription> answers =
        PeerWorld.await(
            PeerProbe.ask(one.loop, world.vertx, List.of(one.url(), two.url()), SECOND_NS));
    assertThat(answers).hasSize(1);
    assertThat(answers.get(0).getClusterId()).isEqualTo(PeerWorld.CLUSTER);
  }

  private static boolean failed(Future<?> future) {
    await().until(future::isComplete);
    return future.failed();
  }

  @Test
  void largeEntriesPassInFramesOfTheirOwn() {
    One one = world.member(1);
    One two = world.member(2);
    world.introduce(one, two);
    connected(one, two);
    for (int i = 0; i < 3; i++) {
      one.send(append(3 << 20)); // each more than a batch, all together more than the outbox
      int expected = i + 1;
      await().until(() -> two.received.size() == expected);
    }
    Message.AppendEntries last = (Message.AppendEntries) two.received.peek();
    assertThat(last.entries().get(0).data()).hasSize(3 << 20);
  }

  @Test
  void aMemberThatComesBackIsFoundAgain() {
    One one = world.member(1);
    One two = world.member(2);
    world.introduce(one, two);
    connected(one, two);
    two.deafen();
    await().until(() -> one.unreachable.contains(2L));
    assertThat(one.network.connectedForNs(2)).isNegative();
    two.listen();
    connected(one, two);
    one.send(new Message.TimeoutNow(1, 2, 3));
    await().until(() -> !two.received.isEmpty());
  }

  @Test
  void whatIsForNobodyIsSaidToBeUnreachable() {
    One one = world.member(1);
    one.send(new Message.TimeoutNow(1, 5, 3));
    await().until(() -> one.unreachable.contains(5L));
  }

  @Test
  @Covers("R17")
  void anotherClusterIsNotHeard() {
    One one = world.member(0xC2, 1);
    One two = world.member(2);
    world.introduce(one, two);
    one.send(new Message.TimeoutNow(1, 2, 99));
    await().until(() -> one.unreachable.contains(2L));
    assertThat(two.received).isEmpty();
    assertThat(one.network.connectedForNs(2)).isNegative();
  }

  @Test
  @Covers("R17")
  void anotherRecipientIsNotHeard() {
    One one = world.member(1);
    One two = world.member(2);
    // Somebody has taken over the address of member 3.
    one.network.update(new PeerBook(Map.of(3L, List.of(two.url())), Set.of()));
    one.send(new Message.TimeoutNow(1, 3, 99));
    await().until(() -> one.unreachable.contains(3L));
    assertThat(two.received).isEmpty();
  }

  @Test
  @Covers("R17")
  void aRemovedMemberIsNotHeardAndIsTold() {
    One one = world.member(1);
    One two = world.member(2);
    world.introduce(one, two);
    connected(one, two);
    two.network.update(new PeerBook(Map.of(2L, List.of(two.url())), Set.of(1L)));
    one.send(new Message.TimeoutNow(1, 2, 99));
    await().until(one.toldRemoved::get);
    assertThat(two.received).isEmpty();
  }

  @Test
  void aLinkToWhoLeftIsClosed() {
    One one = world.member(1);
    One two = world.member(2);
    world.introduce(one, two);
    connected(one, two);
    one.network.update(new PeerBook(Map.of(1L, List.of(one.url())), Set.of(2L)));
    await().until(() -> one.network.connectedForNs(2) < 0);
    assertThat(one.unreachable).isEmpty();
  }

  @Test
  void allUrlsOfAMemberAreTried() {
    One one = world.member(1);
    One two = world.member(2);
    URI nowhere = URI.create("http://127.0.0.1:1");
    one.network.update(new PeerBook(Map.of(2L, List.of(nowhere, two.url())), Set.of()));
    await().until(() -> one.network.connectedForNs(2) >= 0);
  }

  @Test
  void aConnectionThatFallsSilentIsGivenUp() {
    One one = world.member(1);
    One two = world.member(2);
    FrozenPipe pipe = new FrozenPipe(world.vertx, two.url());
    one.network.update(new PeerBook(Map.of(2L, List.of(pipe.url())), Set.of()));
    await().until(() -> one.network.connectedForNs(2) >= 0);
    pipe.freeze();
    await().until(() -> one.unreachable.contains(2L));
    assertThat(one.network.connectedForNs(2)).isNegative();
    pipe.thaw();
    await().until(() -> one.network.connectedForNs(2) >= 0);
  }

  /** Each crash of a machine, and each partition, would leave one more behind otherwise. */
  @Test
  void whatAVanishedMemberLeavesBehindIsClosed() {
    One one = world.member(1);
    One two = world.member(2);
    FrozenPipe pipe = new FrozenPipe(world.vertx, two.url());
    one.network.update(new PeerBook(Map.of(2L, List.of(pipe.url())), Set.of()));
    await().until(() -> one.network.connectedForNs(2) >= 0);
    await()
        .during(Duration.ofNanos(PeerWorld.CONFIG.patientSilenceNs() + SECOND_NS / 2))
        .until(() -> one.unreachable.isEmpty()); // it says nothing but that it lives
    pipe.freeze();
    await().until(() -> pipe.closedByTarget() > 0);
    pipe.thaw();
    await().until(() -> one.network.connectedForNs(2) >= 0);
    one.send(new Message.TimeoutNow(1, 2, 3));
    await().until(() -> two.received.contains(new Message.TimeoutNow(1, 2, 3)));
  }

  /** As a copy of a data directory that is started elsewhere, with whatever addresses. */
  @Test
  @Covers("F29")
  void oneProcessSpeaksForAMember() {
    One one = world.member(1);
    One two = world.member(2);
    One copy = world.member(1);
    PeerBook all = new PeerBook(Map.of(1L, List.of(one.url()), 2L, List.of(two.url())), NONE);
    two.network.update(all);
    one.network.update(all);
    await().until(() -> one.network.connectedForNs(2) >= 0);
    copy.network.update(all);
    await()
        .during(Duration.ofMillis(500))
        .until(() -> copy.network.connectedForNs(2) < 0 && one.network.connectedForNs(2) >= 0);
    // With the original away the copy may speak, until it comes back to its address.
    one.network.update(new PeerBook(Map.of(), Set.of(2L)));
    await().until(() -> copy.network.connectedForNs(2) >= 0);
    one.network.update(all);
    await().until(() -> one.network.connectedForNs(2) >= 0);
    await().until(() -> copy.network.connectedForNs(2) < 0);
    await()
        .during(Duration.ofMillis(500))
        .until(() -> copy.network.connectedForNs(2) < 0 && one.network.connectedForNs(2) >= 0);
    one.send(new Message.TimeoutNow(1, 2, 3));
    await().until(() -> two.received.contains(new Message.TimeoutNow(1, 2, 3)));
  }

  @Test
  void aFullReceiverLosesMessagesAndNothingElse() {
    One one = world.member(1);
    One two = world.member(2);
    world.introduce(one, two);
    connected(one, two);
    two.full.set(true);
    one.send(new Message.Appended(1, 2, 3, 1));
    two.full.set(false);
    one.send(new Message.Appended(1, 2, 3, 2));
    await().until(() -> two.received.contains(new Message.Appended(1, 2, 3, 2)));
  }

  private static void connected(One one, One two) {
    await()
        .until(
            () ->
                one.network.connectedForNs(two.id) >= 0 && two.network.connectedForNs(one.id) >= 0);
  }

  private static Message append(int bytes) {
    Entry entry = new Entry(1, 1, Entry.Kind.COMMAND, new byte[bytes]);
    return new Message.AppendEntries(1, 2, 1, EntryId.ZERO, List.of(entry), 0);
  }
}
