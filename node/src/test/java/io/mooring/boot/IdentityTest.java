package io.mooring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.boot.config.NodeConfig.Cluster;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class IdentityTest {

  private static final List<URI> DEFAULT_PEER = List.of(URI.create("http://localhost:2380"));

  @Test
  void aDefaultMemberHasTheIdsThatEveryDefaultEtcdHas() {
    Identity identity =
        Identity.initial("default", new Cluster(Map.of("default", DEFAULT_PEER), "etcd-cluster"));
    assertThat(Long.toHexString(identity.memberId())).isEqualTo("8e9e05c52164694d");
    assertThat(Long.toHexString(identity.clusterId())).isEqualTo("cdf818194e3a8c32");
  }

  @Test
  void theTokenAndTheUrlsDecideNotTheirOrderNorTheName() {
    URI a = URI.create("http://a:1");
    URI b = URI.create("http://b:1");
    assertThat(Identity.memberId(List.of(a, b), "t"))
        .isEqualTo(Identity.memberId(List.of(b, a), "t"));
    assertThat(Identity.memberId(List.of(a), "t")).isNotEqualTo(Identity.memberId(List.of(a), "u"));
    assertThat(Identity.initial("x", new Cluster(Map.of("x", List.of(a)), "t")))
        .isEqualTo(Identity.initial("y", new Cluster(Map.of("y", List.of(a)), "t")));
  }
}
