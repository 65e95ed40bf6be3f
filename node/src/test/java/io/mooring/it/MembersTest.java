package io.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.Member;
import io.mooring.api.etcdserverpb.MemberAddRequest;
import io.mooring.api.etcdserverpb.MemberAddResponse;
import io.mooring.api.etcdserverpb.MemberListRequest;
import io.mooring.api.etcdserverpb.MemberListResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.ResponseHeader;
import io.mooring.api.testing.Covers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a member knows of its cluster, through starts with the same and with other flags. */
class MembersTest {

  @TempDir Path directory;

  private static MemberListResponse list(RawClient client) {
    return client
        .call(
            "etcdserverpb.Cluster/MemberList",
            MemberListRequest.newBuilder().setLinearizable(true).build(),
            MemberListResponse.getDefaultInstance())
        .value();
  }

  private static long addLearner(RawClient client, String url) {
    return client
        .call(
            "etcdserverpb.Cluster/MemberAdd",
            MemberAddRequest.newBuilder().addPeerURLs(url).setIsLearner(true).build(),
            MemberAddResponse.getDefaultInstance())
        .value()
        .getMember()
        .getID();
  }

  private static void put(RawClient client, String key) {
    client
        .call(
            "etcdserverpb.KV/Put",
            PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build(),
            PutResponse.getDefaultInstance())
        .value();
  }

  private static long count(RawClient client, String key) {
    return client
        .call(
            "etcdserverpb.KV/Range",
            RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build(),
            RangeResponse.getDefaultInstance())
        .value()
        .getCount();
  }

  @Test
  @Covers({"R21", "B67"})
  void theDataDirectoryWinsOverTheSettings() {
    ResponseHeader header;
    try (TestNode node = TestNode.start(directory, "memory", "--name", "one");
        RawClient client = new RawClient(node.clientPort())) {
      MemberListResponse members = list(client);
      header = members.getHeader();
      assertThat(Long.toHexString(header.getMemberId())).isEqualTo("8e9e05c52164694d");
      assertThat(Long.toHexString(header.getClusterId())).isEqualTo("cdf818194e3a8c32");
      assertThat(members.getMembersList()).hasSize(1);
      Member self = members.getMembers(0);
      assertThat(self.getID()).isEqualTo(header.getMemberId());
      assertThat(self.getName()).isEqualTo("one");
      assertThat(self.getPeerURLsList()).containsExactly("http://localhost:2380");
      assertThat(self.getClientURLsList()).containsExactly("http://127.0.0.1:0");
    }
    String[] others = {
      "--name", "two", "--initial-cluster", "three=http://elsewhere:1",
      "--initial-cluster-token", "another", "--initial-advertise-peer-urls", "http://localhost:9"
    };
    try (TestNode node = TestNode.start(directory, "memory", others);
        RawClient client = new RawClient(node.clientPort())) {
      MemberListResponse members = list(client);
      assertThat(members.getHeader().getMemberId()).isEqualTo(header.getMemberId());
      assertThat(members.getHeader().getClusterId()).isEqualTo(header.getClusterId());
      assertThat(members.getMembers(0).getName()).isEqualTo("two");
      assertThat(members.getMembers(0).getPeerURLsList()).containsExactly("http://localhost:2380");
    }
  }

  @Test
  void byForceAMemberIsTheWholeClusterAndKeepsItsData() {
    long learner;
    try (TestNode node = TestNode.start(directory, "lmdb");
        RawClient client = new RawClient(node.clientPort())) {
      put(client, "a");
      learner = addLearner(client, "http://other:1");
      assertThat(list(client).getMembersList()).hasSize(2);
    }
    for (int i = 0; i < 2; i++) {
      try (TestNode node = TestNode.start(directory, "lmdb", "--force-new-cluster");
          RawClient client = new RawClient(node.clientPort())) {
        List<Member> members = list(client).getMembersList();
        assertThat(members).hasSize(1).noneMatch(member -> member.getID() == learner);
        assertThat(count(client, "a")).isEqualTo(1);
        put(client, "b" + i);
      }
    }
    try (TestNode node = TestNode.start(directory, "lmdb");
        RawClient client = new RawClient(node.clientPort())) {
      assertThat(list(client).getMembersList()).hasSize(1);
      assertThat(count(client, "b1")).isEqualTo(1);
      assertThat(addLearner(client, "http://other:1")).isNotEqualTo(learner);
    }
  }
}
