package io.mooring.it.cluster;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.it.RawClient;
import io.mooring.it.RawClient.Reply;
import java.time.Duration;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/** Reads all keys through one member of a cluster, which may still be on its way. */
final class MemberReads {

  private static final ByteString OPEN = ByteString.copyFrom(new byte[1]);

  private MemberReads() {}

  /** A range of all keys, for more to be set. */
  static RangeRequest.Builder all() {
    return RangeRequest.newBuilder().setKey(OPEN).setRangeEnd(OPEN);
  }

  /** The first good answer of a member. */
  static RangeResponse ask(
      int clientPort,
      long callTimeoutMs,
      Duration limit,
      RangeRequest.Builder request,
      Predicate<Reply<RangeResponse>> good) {
    try (RawClient client = new RawClient(clientPort, callTimeoutMs)) {
      return Awaitility.await()
          .atMost(limit)
          .until(
              () -> {
                client.connectSoon();
                return client.call(
                    "etcdserverpb.KV/Range", request.build(), RangeResponse.getDefaultInstance());
              },
              good)
          .value();
    }
  }
}
