package io.mooring.machine.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MemberIdsTest {

  @Test
  void aDefaultMemberHasTheIdsThatEveryDefaultEtcdHas() {
    long member = MemberIds.member(List.of("http://localhost:2380"), "etcd-cluster");
    assertThat(Long.toHexString(member)).isEqualTo("8e9e05c52164694d");
    assertThat(Long.toHexString(MemberIds.cluster(List.of(member)))).isEqualTo("cdf818194e3a8c32");
  }

  /** The ids that etcd's documentation shows for its Procfile cluster. */
  @Test
  void aProcfileClusterHasTheIdsThatItHasWithEtcd() {
    long one = MemberIds.member(List.of("http://127.0.0.1:12380"), "etcd-cluster-1");
    long two = MemberIds.member(List.of("http://127.0.0.1:22380"), "etcd-cluster-1");
    long three = MemberIds.member(List.of("http://127.0.0.1:32380"), "etcd-cluster-1");
    assertThat(Long.toHexString(one)).isEqualTo("8211f1d0f64f3269");
    assertThat(Long.toHexString(two)).isEqualTo("91bc3c398fb3c146");
    assertThat(Long.toHexString(three)).isEqualTo("fd422379fda50e48");
    assertThat(Long.toHexString(MemberIds.cluster(List.of(three, one, two))))
        .isEqualTo("ef37ad9dc622a7c4");
  }

  @Test
  void theOrderOfUrlsDoesNotMatterTheSuffixDoes() {
    assertThat(MemberIds.member(List.of("http://b:1", "http://a:1"), "t"))
        .isEqualTo(MemberIds.member(List.of("http://a:1", "http://b:1"), "t"))
        .isNotEqualTo(MemberIds.member(List.of("http://a:1", "http://b:1"), "u"));
  }
}
