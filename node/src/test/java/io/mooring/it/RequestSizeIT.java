package io.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RequestOp;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.etcdserverpb.TxnResponse;
import java.nio.file.Path;
import java.util.function.Function;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The largest request that passes is etcd's, but for a few bytes: etcd counts its own header of the
 * entry, whose request id takes nine or ten bytes depending on the member's id.
 */
class RequestSizeIT {

  private static final int ACCEPTED_DIFFERENCE_BYTES = 2;

  @TempDir Path directory;

  @Test
  void tooLargeBeginsWhereEtcdSaysSo() {
    try (ServerProcess etcd = ServerProcess.etcd(directory.resolve("etcd"));
        TestNode ours = TestNode.start(directory.resolve("ours"), "memory");
        RawClient their = new RawClient(etcd.clientPort());
        RawClient our = new RawClient(ours.clientPort())) {
      assertThat(largest(our, RequestSizeIT::put))
          .isCloseTo(largest(their, RequestSizeIT::put), Offset.offset(ACCEPTED_DIFFERENCE_BYTES));
      assertThat(largest(our, RequestSizeIT::txn))
          .isCloseTo(largest(their, RequestSizeIT::txn), Offset.offset(ACCEPTED_DIFFERENCE_BYTES));
    }
  }

  private static Status put(RawClient client, int valueBytes) {
    return client
        .call("etcdserverpb.KV/Put", request(valueBytes), PutResponse.getDefaultInstance())
        .status();
  }

  private static Status txn(RawClient client, int valueBytes) {
    TxnRequest txn =
        TxnRequest.newBuilder()
            .addSuccess(RequestOp.newBuilder().setRequestPut(request(valueBytes)))
            .build();
    return client.call("etcdserverpb.KV/Txn", txn, TxnResponse.getDefaultInstance()).status();
  }

  private static PutRequest request(int valueBytes) {
    return PutRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8("k"))
        .setValue(ByteString.copyFrom(new byte[valueBytes]))
        .build();
  }

  private interface Call {
    Status of(RawClient client, int valueBytes);
  }

  /** Bytes of the largest value that is taken; the next is refused with etcd's text. */
  private static int largest(RawClient client, Call call) {
    int taken = 1_500_000;
    int refused = 1_600_000;
    Function<Integer, Status> ask = size -> call.of(client, size);
    assertThat(ask.apply(taken).isOk()).isTrue();
    while (refused - taken > 1) {
      int middle = (taken + refused) / 2;
      if (ask.apply(middle).isOk()) {
        taken = middle;
      } else {
        refused = middle;
      }
    }
    Status beyond = ask.apply(refused);
    assertThat(beyond.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(beyond.getDescription()).isEqualTo("etcdserver: request is too large");
    return taken;
  }
}
