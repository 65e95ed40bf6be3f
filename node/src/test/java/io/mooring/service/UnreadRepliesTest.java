package io.mooring.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.CompactionResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.testing.Covers;
import io.mooring.wire.MemberFixture;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client that writes, wants large replies, and never reads them. */
class UnreadRepliesTest {

  private static final int VALUE_BYTES = 100_000;
  private static final int BUDGET_BYTES = 1_000_000;
  private static final String PUT = "/etcdserverpb.KV/Put";

  @Test
  @Covers("O22")
  void repliesThatNobodyReadsAreBounded(@TempDir Path directory) throws Exception {
    try (MemberFixture member = new MemberFixture(directory, ServiceLimits.DEFAULT, BUDGET_BYTES)) {
      PutRequest put =
          PutRequest.newBuilder()
              .setKey(ByteString.copyFromUtf8("k"))
              .setValue(ByteString.copyFrom(new byte[VALUE_BYTES]))
              .setPrevKv(true)
              .build();
      member.call("KV/Put", put, PutResponse.getDefaultInstance());
      HttpClient deaf =
          member
              .wire
              .vertx()
              .createHttpClient(
                  new HttpClientOptions()
                      .setProtocolVersion(HttpVersion.HTTP_2)
                      .setHttp2ClearTextUpgrade(false)
                      .setDefaultHost("127.0.0.1")
                      .setDefaultPort(member.wire.port()));
      // Until the client's windows are full and the budget is gone, and as many again.
      Awaitility.await()
          .until(
              () -> {
                for (int i = 0; i < 5; i++) {
                  callWithoutReading(deaf, put);
                }
                return status(member, put) == Status.Code.RESOURCE_EXHAUSTED;
              });
      for (int i = 0; i < 50; i++) {
        callWithoutReading(deaf, put);
      }
      assertThat(member.budget.exhausted()).isTrue();
      // What was under way when the budget went is beyond it, and nothing more.
      assertThat(member.budget.inFlight()).isLessThan(BUDGET_BYTES + 10 * VALUE_BYTES);
      assertThat(status(member, put.toBuilder().setPrevKv(false).build()))
          .as("a write with a small answer")
          .isEqualTo(Status.Code.OK);
      member.call(
          "KV/Compact",
          CompactionRequest.newBuilder().setRevision(2).build(),
          CompactionResponse.getDefaultInstance());
      deaf.close();
      Awaitility.await().until(() -> member.budget.inFlight() == 0);
      assertThat(status(member, put)).isEqualTo(Status.Code.OK);
    }
  }

  private static Status.Code status(MemberFixture member, PutRequest put) {
    try {
      member.call("KV/Put", put, PutResponse.getDefaultInstance());
      return Status.Code.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    }
  }

  /** A call whose client never takes the answer's bytes, so that its window stays closed. */
  private static void callWithoutReading(HttpClient client, PutRequest put) {
    byte[] message = put.toByteArray();
    Buffer frame =
        Buffer.buffer().appendByte((byte) 0).appendInt(message.length).appendBytes(message);
    client
        .request(new RequestOptions().setMethod(HttpMethod.POST).setURI(PUT))
        .compose(
            request ->
                request
                    .putHeader("content-type", "application/grpc")
                    .putHeader("te", "trailers")
                    .send(frame))
        .onSuccess(HttpClientResponse::pause);
  }
}
