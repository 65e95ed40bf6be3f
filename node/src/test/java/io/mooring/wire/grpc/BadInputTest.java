package io.mooring.wire.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.testing.Covers;
import io.mooring.base.WireBuffer;
import io.mooring.service.Payload;
import io.mooring.wire.WireFixture;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What hostile or broken clients send, byte by byte over HTTP/2. */
class BadInputTest {

  private static final String PUT = "/etcdserverpb.KV/Put";
  private static WireFixture wire;
  private static HttpClient client;

  @BeforeAll
  static void start() throws Exception {
    wire =
        new WireFixture(
            (routes, loop) ->
                routes.unary(
                    PUT,
                    PutRequest.parser(),
                    (context, request) ->
                        Future.succeededFuture(Payload.of(PutResponse.getDefaultInstance()))));
    client =
        wire.vertx()
            .createHttpClient(
                new HttpClientOptions()
                    .setProtocolVersion(HttpVersion.HTTP_2)
                    .setHttp2ClearTextUpgrade(false)
                    .setDefaultPort(wire.port())
                    .setDefaultHost("127.0.0.1"));
  }

  @AfterAll
  static void stop() throws Exception {
    client.close();
    wire.close();
  }

  /** What a call ended with. */
  private record Ending(int http, String status, String message) {}

  private static Ending call(String path, Map<String, String> headers, byte[] body) {
    RequestOptions options = new RequestOptions().setMethod(HttpMethod.POST).setURI(path);
    try {
      return client
          .request(options)
          .compose(request -> send(request, headers, body))
          .toCompletionStage()
          .toCompletableFuture()
          .get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(path, e);
    }
  }

  private static Future<Ending> send(
      HttpClientRequest request, Map<String, String> headers, byte[] body) {
    request.putHeader("content-type", "application/grpc").putHeader("te", "trailers");
    headers.forEach(request::putHeader);
    return request
        .send(Buffer.buffer(body))
        .compose(
            response ->
                response
                    .end()
                    .map(
                        end -> {
                          String inHead = response.getHeader("grpc-status");
                          return inHead != null
                              ? new Ending(
                                  response.statusCode(), inHead, response.getHeader("grpc-message"))
                              : new Ending(
                                  response.statusCode(),
                                  String.valueOf(response.getTrailer("grpc-status")),
                                  response.getTrailer("grpc-message"));
                        }));
  }

  private static byte[] frame(int flag, byte[] message) {
    return Buffer.buffer()
        .appendByte((byte) flag)
        .appendInt(message.length)
        .appendBytes(message)
        .getBytes();
  }

  private static void assertServes() {
    byte[] good =
        PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("a")).build().toByteArray();
    assertThat(call(PUT, Map.of(), frame(0, good)).status()).isEqualTo("0");
  }

  @Test
  @Covers("B36")
  void brokenProtobufFailsItsCallAlone() {
    Ending broken = call(PUT, Map.of(), frame(0, new byte[] {0x0a, 0x7f, 1}));
    assertThat(broken.status()).isEqualTo("13");
    assertThat(broken.message()).startsWith("grpc: error unmarshalling request: ");
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 300; i++) {
      byte[] bytes = new byte[random.nextInt(60)];
      random.nextBytes(bytes);
      assertThat(call(PUT, Map.of(), frame(0, bytes)).status()).as("seed %d", seed).isIn("0", "13");
    }
    byte[] cut = new byte[] {0, 0, 0, 0, 50, 1, 2};
    assertThat(call(PUT, Map.of(), cut)).isEqualTo(new Ending(200, "13", "unexpected EOF"));
    assertThat(call(PUT, Map.of(), new byte[0]).status()).isEqualTo("13");
    assertServes();
  }

  @Test
  @Covers("B37")
  void deepUnknownGroupsAreRefused() {
    WireBuffer groups = new WireBuffer(400_000);
    for (int i = 0; i < 100_000; i++) {
      groups.varint(99 << 3 | 3);
    }
    for (int i = 0; i < 100_000; i++) {
      groups.varint(99 << 3 | 4);
    }
    assertThat(call(PUT, Map.of(), frame(0, groups.toByteArray())).status()).isEqualTo("3");
    assertServes();
  }

  @Test
  @Covers({"B38", "B39"})
  void badPathsAreNeverRouted() {
    byte[] body = frame(0, new byte[0]);
    for (String path :
        new String[] {
          "etcdserverpb.KV/Put",
          "//etcdserverpb.KV/Put",
          "/etcdserverpb.KV//Put",
          "/etcdserverpb.KV%2fPut",
          "/etcdserverpb.KV/Put?x=1",
          "/etcdserverpb.KV/Put/",
          "/Put",
          "/",
          "*"
        }) {
      Ending ending = call(path, Map.of(), body);
      assertThat(ending.status()).as(path).isEqualTo("12");
    }
    assertServes();
  }

  @Test
  @Covers("B40")
  void unknownCompressionIsUnimplemented() {
    Ending ending = call(PUT, Map.of("grpc-encoding", "snappy"), frame(1, new byte[] {1}));
    assertThat(ending)
        .isEqualTo(
            new Ending(
                200, "12", "grpc: Decompressor is not installed for grpc-encoding \"snappy\""));
    // The flag without an encoding, and gzip that is none.
    assertThat(call(PUT, Map.of(), frame(1, new byte[] {(byte) 0x8b})).status()).isEqualTo("13");
    assertThat(call(PUT, Map.of("grpc-encoding", "gzip"), frame(1, new byte[] {1, 2})).status())
        .isEqualTo("13");
    assertServes();
  }

  @Test
  @Covers("B41")
  void bombsAreBounded() throws IOException {
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bomb)) {
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 200; i++) {
        out.write(zeros);
      }
    }
    Ending ending = call(PUT, Map.of("grpc-encoding", "gzip"), frame(1, bomb.toByteArray()));
    assertThat(ending.status()).isEqualTo("8");
    assertThat(ending.message())
        .isEqualTo(
            "grpc: received message after decompression larger than max (2097153 vs. 2097152)");
    assertServes();
  }

  @Test
  @Covers("B35")
  void metadataMustBeText() {
    Ending ending = call(PUT, Map.of("client-api-version", "3.\u00ff"), frame(0, new byte[0]));
    assertThat(ending).isEqualTo(new Ending(200, "3", "etcdserver: invalid client api version"));
    assertServes();
  }

  @Test
  void otherContentTypesAreRefused() {
    Ending ending = call(PUT, Map.of("content-type", "text/plain"), new byte[0]);
    assertThat(ending.http()).isEqualTo(415);
    assertServes();
  }
}
