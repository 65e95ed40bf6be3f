package io.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.DeleteRangeResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.etcdserverpb.TxnResponse;
import io.mooring.api.testing.Covers;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request deletes very many keys: it is one revision, and so one batch. Other writes wait for
 * it, within their own time-out. {@code -Dit.deleteKeys=1000000} for the full count.
 */
class DeleteManyIT {

  private static final Logger LOG = LoggerFactory.getLogger(DeleteManyIT.class);
  private static final int KEYS = Integer.getInteger("it.deleteKeys", 100_000);
  private static final int OPS = 100;

  @TempDir Path directory;

  @ParameterizedTest
  @MethodSource("io.mooring.it.TestNode#engines")
  @Covers("O10")
  void otherWritesGoOnAroundAHugeDelete(String engine) throws Exception {
    try (TestNode node = TestNode.start(directory.resolve(engine), engine);
        RawClient client = new RawClient(node.clientPort());
        RawClient other = new RawClient(node.clientPort())) {
      for (int i = 0; i < KEYS; i += OPS) {
        assertThat(
                client.call("etcdserverpb.KV/Txn", puts(i), TxnResponse.getDefaultInstance()).ok())
            .isTrue();
      }
      AtomicBoolean done = new AtomicBoolean();
      AtomicLong slowestNs = new AtomicLong();
      Thread writer = new Thread(() -> write(other, done, slowestNs), "writer");
      writer.start();
      long beganNs = System.nanoTime();
      DeleteRangeRequest all =
          DeleteRangeRequest.newBuilder()
              .setKey(ByteString.copyFromUtf8("k"))
              .setRangeEnd(ByteString.copyFromUtf8("l"))
              .build();
      RawClient.Reply<DeleteRangeResponse> reply =
          client.call("etcdserverpb.KV/DeleteRange", all, DeleteRangeResponse.getDefaultInstance());
      long tookNs = System.nanoTime() - beganNs;
      done.set(true);
      writer.join();
      LOG.info(
          "{}: {} keys deleted in {} ms, slowest other write {} ms",
          engine,
          KEYS,
          tookNs / 1_000_000,
          slowestNs.get() / 1_000_000);
      assertThat(reply.value().getDeleted()).isEqualTo(KEYS);
      assertThat(slowestNs.get()).as("another write failed").isNotNegative();
      RangeRequest count =
          RangeRequest.newBuilder()
              .setKey(all.getKey())
              .setRangeEnd(all.getRangeEnd())
              .setCountOnly(true)
              .build();
      assertThat(
              client
                  .call("etcdserverpb.KV/Range", count, RangeResponse.getDefaultInstance())
                  .value()
                  .getCount())
          .isZero();
    }
  }

  private static TxnRequest puts(int from) {
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    for (int i = from; i < from + OPS; i++) {
      txn.addSuccess(
          RequestOp.newBuilder()
              .setRequestPut(
                  PutRequest.newBuilder()
                      .setKey(ByteString.copyFromUtf8(String.format("k%08d", i)))
                      .setValue(ByteString.copyFromUtf8("value"))));
    }
    return txn.build();
  }

  /** Puts one after another; the slowest, or a negative number when one failed. */
  private static void write(RawClient client, AtomicBoolean done, AtomicLong slowestNs) {
    PutRequest put = PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("other")).build();
    long slowest = 0;
    while (!done.get()) {
      long beganNs = System.nanoTime();
      if (!client.call("etcdserverpb.KV/Put", put, PutResponse.getDefaultInstance()).ok()) {
        slowestNs.set(-1);
        return;
      }
      slowest = Math.max(slowest, System.nanoTime() - beganNs);
    }
    slowestNs.set(slowest);
  }
}
