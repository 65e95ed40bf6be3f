package io.mooring.boot;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.boot.config.CommandLineParser;
import io.mooring.boot.config.ConfigReader;
import io.mooring.boot.config.NodeConfig;
import io.mooring.boot.config.Settings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Starts a member on each engine in a directory to throw away, asks a few things of it and stops
 * it. The launcher lets the JVM write down, in its class-data archive, which classes that took;
 * later starts map them instead of loading them one by one, which halves the time of a start.
 */
final class Rehearsal {

  /** The word that asks for it on the command line; no flag, and of no use to anybody else. */
  static final String WORD = "rehearse";

  /** A launcher waits for it, so it must end. */
  private static final long LIMIT_MS = TimeUnit.SECONDS.toMillis(60);

  private Rehearsal() {}

  /**
   * Runs it.
   *
   * @param directory absent or empty; left behind for the caller to delete
   */
  static void run(Path directory) {
    Vertx vertx = Vertx.vertx();
    vertx.setTimer(LIMIT_MS, late -> Runtime.getRuntime().halt(1));
    Engines engines = Engines.find();
    for (String engine : engines.names()) {
      NodeConfig config = config(directory.resolve(engine), engine, engines);
      Logging.install(config.logs());
      try (Node node = Node.start(config, (where, cause) -> Runtime.getRuntime().halt(2))) {
        ask(vertx, node.clientPorts().get(0));
      }
    }
    Waiting.forIt(vertx.close(), "closing");
  }

  private static NodeConfig config(Path directory, String engine, Engines engines) {
    String url = "http://127.0.0.1:0";
    CommandLineParser.Parsed parsed =
        CommandLineParser.parse(
            "--data-dir=" + directory,
            "--storage-engine=" + engine,
            "--listen-client-urls=" + url,
            "--advertise-client-urls=" + url,
            "--listen-peer-urls=" + url);
    return ConfigReader.read(Settings.resolve(parsed.flags(), Map.of()), engines.names());
  }

  private static void ask(Vertx vertx, int port) {
    ByteString key = ByteString.copyFromUtf8("key");
    HttpClient grpc =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false));
    call(grpc, port, "KV/Put", PutRequest.newBuilder().setKey(key).setValue(key).build());
    call(grpc, port, "KV/Range", RangeRequest.newBuilder().setKey(key).build());
    call(grpc, port, "KV/Txn", TxnRequest.getDefaultInstance());
    call(grpc, port, "Lease/LeaseGrant", LeaseGrantRequest.newBuilder().setTTL(60).build());
    HttpClient http = vertx.createHttpClient();
    for (String path : new String[] {"/health", "/metrics", "/version"}) {
      Waiting.forIt(
          http.request(HttpMethod.GET, port, "127.0.0.1", path)
              .compose(HttpClientRequest::send)
              .compose(HttpClientResponse::body),
          path);
    }
    Waiting.forIt(Future.join(grpc.close(), http.close()), "closing");
  }

  /** A gRPC call by hand: a byte for "not compressed", four for the length, the message. */
  private static void call(HttpClient client, int port, String method, MessageLite message) {
    byte[] bytes = message.toByteArray();
    Buffer frame = Buffer.buffer().appendByte((byte) 0).appendInt(bytes.length).appendBytes(bytes);
    Waiting.forIt(
        client
            .request(HttpMethod.POST, port, "127.0.0.1", "/etcdserverpb." + method)
            .compose(
                request ->
                    request
                        .putHeader("content-type", "application/grpc")
                        .putHeader("te", "trailers")
                        .send(frame))
            .compose(HttpClientResponse::body),
        method);
  }
}
