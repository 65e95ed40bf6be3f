package io.mooring.wire.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.wire.MemberFixture;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.HostAndPort;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients put the strangest things into {@code :authority}; etcd looks at none of it. */
class AuthorityTest {

  @Test
  void anyAuthorityIsServed(@TempDir Path directory) throws Exception {
    try (MemberFixture member = new MemberFixture(directory)) {
      HttpClient client =
          member
              .wire
              .vertx()
              .createHttpClient(
                  new HttpClientOptions()
                      .setProtocolVersion(HttpVersion.HTTP_2)
                      .setHttp2ClearTextUpgrade(false)
                      .setDefaultHost("127.0.0.1")
                      .setDefaultPort(member.wire.port()));
      Map<String, String> answers = new TreeMap<>();
      for (String authority :
          new String[] {
            "etcd.example.com",
            "#initially=[http://127.0.0.1:2379;http://127.0.0.1:22379]",
            "etcd-endpoints://0xc000314000/127.0.0.1:2379",
            "%2Frun%2Fetcd.sock",
            "a b",
            "::1"
          }) {
        answers.put(authority, status(client, authority));
      }
      client.close();
      assertThat(answers.values()).as(answers.toString()).containsOnly("0");
    }
  }

  private static String status(HttpClient client, String authority) throws Exception {
    byte[] put = PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("a")).build().toByteArray();
    Buffer frame = Buffer.buffer().appendByte((byte) 0).appendInt(put.length).appendBytes(put);
    return client
        .request(new RequestOptions().setMethod(HttpMethod.POST).setURI("/etcdserverpb.KV/Put"))
        .compose(
            request ->
                request
                    .authority(HostAndPort.create(authority, -1))
                    .putHeader("content-type", "application/grpc")
                    .putHeader("te", "trailers")
                    .send(frame))
        .compose(AuthorityTest::ending)
        .toCompletionStage()
        .toCompletableFuture()
        .exceptionally(Throwable::toString)
        .get(10, TimeUnit.SECONDS);
  }

  private static Future<String> ending(HttpClientResponse response) {
    return response.end().map(end -> String.valueOf(response.getTrailer("grpc-status")));
  }
}
