package io.mooring.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.mooring.api.etcdserverpb.Member;
import io.mooring.api.etcdserverpb.MemberAddRequest;
import io.mooring.api.etcdserverpb.MemberAddResponse;
import io.mooring.api.etcdserverpb.MemberListRequest;
import io.mooring.api.etcdserverpb.MemberListResponse;
import io.mooring.api.etcdserverpb.MemberPromoteRequest;
import io.mooring.api.etcdserverpb.MemberPromoteResponse;
import io.mooring.api.etcdserverpb.MemberRemoveRequest;
import io.mooring.api.etcdserverpb.MemberRemoveResponse;
import io.mooring.api.etcdserverpb.MemberUpdateRequest;
import io.mooring.api.etcdserverpb.MemberUpdateResponse;
import io.mooring.api.etcdserverpb.MoveLeaderRequest;
import io.mooring.api.etcdserverpb.MoveLeaderResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.StatusRequest;
import io.mooring.api.etcdserverpb.StatusResponse;
import io.mooring.api.internalpb.Command;
import io.mooring.api.internalpb.FoundCluster;
import io.mooring.api.internalpb.PublishMember;
import io.mooring.api.testing.Covers;
import io.mooring.error.ClusterError;
import io.mooring.error.EtcdError;
import io.mooring.error.ServerError;
import io.mooring.machine.cluster.MemberIds;
import io.mooring.wire.FakePeers;
import io.mooring.wire.MemberFixture;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cluster, MoveLeader and Status over a real machine; the other members are what a test says. */
class ClusterServiceTest {

  private static final long SELF = MemberFixture.INFO.memberId();

  @TempDir private Path directory;
  private MemberFixture member;
  private FakePeers peers;

  @BeforeEach
  void start() throws Exception {
    member = new MemberFixture(directory);
    peers = member.peers;
  }

  @AfterEach
  void stop() throws Exception {
    member.close();
  }

  private void apply(Command.Builder command) {
    member.consensus.applyNow(command.build());
  }

  /** A cluster of this member and others, all of them started. */
  private void cluster(long... others) {
    FoundCluster.Builder found = FoundCluster.newBuilder();
    found.addMembers(Member.newBuilder().setID(SELF).addPeerURLs("http://self:1"));
    for (long id : others) {
      found.addMembers(Member.newBuilder().setID(id).addPeerURLs("http://m" + id + ":1"));
    }
    apply(Command.newBuilder().setFoundCluster(found));
    started(SELF);
    Arrays.stream(others).forEach(this::started);
  }

  private void started(long id) {
    apply(
        Command.newBuilder()
            .setPublishMember(PublishMember.newBuilder().setId(id).setName("m" + id)));
  }

  private MemberAddResponse add(boolean learner, String... urls) {
    return member.call("Cluster/MemberAdd", adding(learner, urls), added());
  }

  private static MemberAddRequest adding(boolean learner, String... urls) {
    return MemberAddRequest.newBuilder()
        .addAllPeerURLs(List.of(urls))
        .setIsLearner(learner)
        .build();
  }

  private static MemberAddResponse added() {
    return MemberAddResponse.getDefaultInstance();
  }

  private static MemberRemoveRequest removing(long id) {
    return MemberRemoveRequest.newBuilder().setID(id).build();
  }

  private static MemberPromoteRequest promoting(long id) {
    return MemberPromoteRequest.newBuilder().setID(id).build();
  }

  private static MoveLeaderRequest movingTo(long id) {
    return MoveLeaderRequest.newBuilder().setTargetID(id).build();
  }

  private void assertRefused(String rpc, MessageLite request, EtcdError error) {
    Status status =
        catchThrowableOfType(StatusRuntimeException.class, () -> member.call(rpc, request, added()))
            .getStatus();
    assertThat(status.getCode().value()).isEqualTo(error.code().number());
    assertThat(status.getDescription()).isEqualTo(error.text());
  }

  @Test
  void aMemberThatIsAddedHasAnIdOfItsUrlsAndTheSecond() {
    cluster();
    MemberAddResponse response = add(false, "http://b:1", "http://a:1");
    long id = MemberIds.member(List.of("http://a:1", "http://b:1"), "1700000000");
    Member expected =
        Member.newBuilder().setID(id).addPeerURLs("http://a:1").addPeerURLs("http://b:1").build();
    assertThat(response.getMember()).isEqualTo(expected);
    assertThat(response.getMembersList()).hasSize(2).contains(expected);
    assertThat(response.getHeader().getRevision()).isZero();
    assertThat(response.getHeader().getMemberId()).isEqualTo(SELF);
  }

  @ParameterizedTest
  @Covers("B45")
  @ValueSource(
      strings = {
        "",
        "a:1",
        "ftp://a:1",
        "http://a",
        "http://a:1/path",
        "http://a:1/",
        "http://a b:1",
        "//a:1",
        "http:a"
      })
  void urlsThatAreNone(String url) {
    cluster();
    assertRefused("Cluster/MemberAdd", adding(false, url), ClusterError.BAD_MEMBER_URLS);
    assertRefused(
        "Cluster/MemberAdd", adding(false, "http://ok:1", url), ClusterError.BAD_MEMBER_URLS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://[::1]:1", "unix://file:0", "http://host_name:80", " http://a:1"})
  void urlsThatEtcdTakes(String url) {
    cluster();
    assertThat(add(false, url).getMember().getPeerURLsList()).containsExactly(url.strip());
  }

  @Test
  @Covers({"B45", "B46", "B47", "B50"})
  void whatAppliesRefuses() {
    cluster();
    assertRefused("Cluster/MemberAdd", adding(false), ClusterError.BAD_MEMBER_URLS);
    assertRefused(
        "Cluster/MemberAdd", adding(false, "http://self:1"), ClusterError.PEER_URL_EXISTS);
    assertRefused("Cluster/MemberRemove", removing(99), ClusterError.MEMBER_NOT_FOUND);
    MemberUpdateRequest update = MemberUpdateRequest.newBuilder().setID(99).build();
    assertRefused("Cluster/MemberUpdate", update, ClusterError.MEMBER_NOT_FOUND);
    add(true, "http://l:1");
    assertRefused("Cluster/MemberAdd", adding(true, "http://k:1"), ClusterError.TOO_MANY_LEARNERS);
  }

  @Test
  @Covers("R21")
  void whoIsRemovedAndAddedWithinASecondHasAnotherId() {
    cluster();
    long first = add(true, "http://b:1").getMember().getID();
    member.call("Cluster/MemberRemove", removing(first), MemberRemoveResponse.getDefaultInstance());
    assertThat(add(true, "http://b:1").getMember().getID()).isNotEqualTo(first);
  }

  @Test
  void anUpdateTakesAnyText() {
    cluster();
    MemberUpdateResponse response =
        member.call(
            "Cluster/MemberUpdate",
            MemberUpdateRequest.newBuilder().setID(SELF).addPeerURLs("any thing").build(),
            MemberUpdateResponse.getDefaultInstance());
    assertThat(response.getMembers(0).getPeerURLsList()).containsExactly("any thing");
    assertThat(response.getHeader().getRevision()).isZero();
  }

  @Test
  @Covers("B48")
  void oneStartedMemberGrowsToTwoButNotToThree() {
    cluster();
    add(false, "http://b:1");
    assertRefused(
        "Cluster/MemberAdd", adding(false, "http://c:1"), ClusterError.NOT_ENOUGH_STARTED);
  }

  @Test
  @Covers("B48")
  void addingNeedsAQuorumOfTheNewClusterToBeConnected() {
    cluster(2, 3);
    MemberAddRequest request = adding(false, "http://d:1");
    assertRefused("Cluster/MemberAdd", request, ClusterError.UNHEALTHY);
    peers.connected(2, 60);
    peers.connected(3, 4); // not for long enough
    assertRefused("Cluster/MemberAdd", request, ClusterError.UNHEALTHY);
    assertRefused("Cluster/MemberAdd", adding(true, "http://d:1"), ClusterError.UNHEALTHY);
    peers.connected(3, 5);
    assertThat(add(false, "http://d:1").getMembersCount()).isEqualTo(4);
  }

  @Test
  @Covers("B48")
  void removingLeavesAQuorum() {
    cluster(2, 3);
    peers.connected(2, 60);
    // 3 is down: it may go, but neither of the two that make the quorum.
    assertRefused("Cluster/MemberRemove", removing(2), ClusterError.UNHEALTHY);
    assertRefused("Cluster/MemberRemove", removing(SELF), ClusterError.UNHEALTHY);
    MemberRemoveResponse response =
        member.call("Cluster/MemberRemove", removing(3), MemberRemoveResponse.getDefaultInstance());
    assertThat(response.getMembersList()).extracting(Member::getID).containsExactly(2L, SELF);
    assertThat(
            member
                .call(
                    "Cluster/MemberRemove", removing(2), MemberRemoveResponse.getDefaultInstance())
                .getMembersCount())
        .isEqualTo(1);
    assertRefused("Cluster/MemberRemove", removing(SELF), ClusterError.NOT_ENOUGH_STARTED);
  }

  @Test
  @Covers("B48")
  void aStartedMemberStaysWhileOthersHaveNotStarted() {
    cluster();
    long id = add(false, "http://b:1").getMember().getID();
    assertRefused("Cluster/MemberRemove", removing(SELF), ClusterError.NOT_ENOUGH_STARTED);
    member.call("Cluster/MemberRemove", removing(id), MemberRemoveResponse.getDefaultInstance());
  }

  @Test
  @Covers("B49")
  void aLearnerIsPromotedWhenItHoldsNearlyAll() {
    cluster();
    long id = add(true, "http://l:1").getMember().getID();
    assertRefused("Cluster/MemberPromote", promoting(99), ClusterError.MEMBER_NOT_FOUND);
    assertRefused("Cluster/MemberPromote", promoting(id), ClusterError.MEMBER_NOT_FOUND);
    for (int i = 0; i < 50; i++) {
      started(SELF);
    }
    assertRefused("Cluster/MemberPromote", promoting(SELF), ClusterError.NOT_LEARNER);
    long last = member.consensus.status().lastIndex();
    peers.matchIndex.put(id, last / 2);
    assertRefused("Cluster/MemberPromote", promoting(id), ClusterError.LEARNER_NOT_READY);
    peers.matchIndex.put(id, last);
    MemberPromoteResponse response =
        member.call(
            "Cluster/MemberPromote", promoting(id), MemberPromoteResponse.getDefaultInstance());
    assertThat(response.getMembersList()).noneMatch(Member::getIsLearner).hasSize(2);
    assertThat(member.consensus.view().membership().voters()).hasSize(2).contains(id, SELF);
  }

  @Test
  void aFollowerAsksItsLeaderToPromote() {
    cluster(2);
    member.consensus.leader(2);
    peers.leaderSays = ClusterError.LEARNER_NOT_READY;
    assertRefused("Cluster/MemberPromote", promoting(7), ClusterError.LEARNER_NOT_READY);
    peers.leaderSays = null;
    MemberPromoteResponse response =
        member.call(
            "Cluster/MemberPromote", promoting(7), MemberPromoteResponse.getDefaultInstance());
    assertThat(response.getHeader().getMemberId()).isEqualTo(SELF);
  }

  @Test
  void listsComeFromHereOrFromTheWholeCluster() {
    cluster(2);
    member.consensus.fault(ServerError.TIMEOUT);
    MemberListResponse local =
        member.call(
            "Cluster/MemberList",
            MemberListRequest.getDefaultInstance(),
            MemberListResponse.getDefaultInstance());
    assertThat(local.getMembersList()).extracting(Member::getName).containsExactly("m2", "m16");
    assertRefused(
        "Cluster/MemberList",
        MemberListRequest.newBuilder().setLinearizable(true).build(),
        ServerError.TIMEOUT);
  }

  @Test
  @Covers("B51")
  void leadershipMovesToAVoterFromItsLeaderOnly() {
    cluster(2);
    peers.connected(2, 60);
    long learner = add(true, "http://l:1").getMember().getID();
    assertRefused("Maintenance/MoveLeader", movingTo(99), ClusterError.BAD_TRANSFEREE);
    assertRefused("Maintenance/MoveLeader", movingTo(learner), ClusterError.BAD_TRANSFEREE);
    move(SELF);
    assertThat(peers.transfers).isEmpty();
    move(2);
    assertThat(peers.transfers).containsExactly(2L);
    peers.transferable = false;
    assertRefused("Maintenance/MoveLeader", movingTo(2), ClusterError.TRANSFER_TIMEOUT);
    member.consensus.leader(2);
    assertRefused("Maintenance/MoveLeader", movingTo(2), ClusterError.NOT_LEADER);
  }

  private void move(long id) {
    MoveLeaderResponse response =
        member.call(
            "Maintenance/MoveLeader", movingTo(id), MoveLeaderResponse.getDefaultInstance());
    assertThat(response.hasHeader()).isFalse();
  }

  @Test
  void statusSaysWhoLeadsAndWhetherThisIsALearner() {
    cluster(2);
    member.consensus.leader(2);
    StatusResponse status = status();
    assertThat(status.getLeader()).isEqualTo(2);
    assertThat(status.getIsLearner()).isFalse();
    assertThat(status.getRaftTerm()).isEqualTo(1);
    assertThat(status.getRaftAppliedIndex()).isEqualTo(member.consensus.view().appliedIndex());
    assertThat(status.getErrorsList()).isEmpty();
    member.consensus.leader(0);
    assertThat(status().getErrorsList()).containsExactly("etcdserver: no leader");
  }

  @Test
  @Covers("B61")
  void aLearnerSaysHowItIsAndWhatItHasAndNothingElse() {
    cluster();
    member.wire.learner = true;
    assertThat(status().getLeader()).isEqualTo(SELF);
    RangeRequest.Builder range = RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("a"));
    assertThat(
            member
                .call(
                    "KV/Range",
                    range.clone().setSerializable(true).build(),
                    RangeResponse.getDefaultInstance())
                .getCount())
        .isZero();
    EtcdError refusal = ServerError.LEARNER_UNSUPPORTED;
    assertRefused("KV/Range", range.build(), refusal);
    assertRefused("KV/Put", PutRequest.getDefaultInstance(), refusal);
    assertRefused("Cluster/MemberList", MemberListRequest.getDefaultInstance(), refusal);
    assertRefused("Cluster/MemberAdd", adding(false), refusal);
    member.wire.learner = false;
    assertRefused("Cluster/MemberAdd", adding(false), ClusterError.BAD_MEMBER_URLS);
  }

  private StatusResponse status() {
    return member.call(
        "Maintenance/Status",
        StatusRequest.getDefaultInstance(),
        StatusResponse.getDefaultInstance());
  }
}
