package io.mooring.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.testing.Covers;
import io.mooring.it.RawClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Most members have lost part of what they acknowledged: nobody goes on as if nothing were. */
class DamageIT {

  private static final int VALUE_BYTES = 1_000;
  private static final int COUNT = 200;

  @TempDir Path temp;

  private static Path damage(Path dataDir) throws IOException {
    try (Stream<Path> files = Files.list(dataDir.resolve("member/log"))) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        byte[] bytes = Files.readAllBytes(file);
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] == 0) {
          end--;
        }
        if (end > COUNT * VALUE_BYTES / 2) {
          bytes[end / 2] ^= 0x10;
          Files.write(file, bytes);
          return file;
        }
      }
    }
    throw new AssertionError("no log in " + dataDir);
  }

  @Test
  @Covers("F19")
  void aDamagedMajorityRefusesToServe() throws IOException {
    try (ServerCluster cluster = ServerCluster.start(temp, Program.mooring("lmdb"), 3)) {
      int leader = cluster.awaitLeader();
      try (RawClient client = new RawClient(cluster.clientPorts().get(leader))) {
        for (int i = 0; i < COUNT; i++) {
          PutRequest put =
              PutRequest.newBuilder()
                  .setKey(ByteString.copyFromUtf8("key" + i))
                  .setValue(ByteString.copyFrom(new byte[VALUE_BYTES]))
                  .build();
          assertThat(client.call("etcdserverpb.KV/Put", put, PutResponse.getDefaultInstance()).ok())
              .isTrue();
        }
      }
      for (int member = 0; member < 3; member++) {
        cluster.kill9(member);
      }
      for (int member : List.of(0, 1)) {
        Path damaged = damage(cluster.dataDir(member));
        cluster.restart(member);
        assertThat(cluster.awaitEnd(member)).isNotZero();
        assertThat(cluster.output(member)).contains(damaged.getFileName().toString());
      }
      cluster.restart(2);
      try (RawClient client = new RawClient(cluster.clientPorts().get(2), 3_000)) {
        RangeRequest get =
            RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("key0")).build();
        assertThat(
                client.call("etcdserverpb.KV/Range", get, RangeResponse.getDefaultInstance()).ok())
            .isFalse();
      }
      // Refused again, and not repaired by having been tried.
      cluster.restart(0);
      assertThat(cluster.awaitEnd(0)).isNotZero();
    }
  }
}
