package io.mooring.wire;

import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServerOptions;
import java.util.concurrent.TimeUnit;

/**
 * An address that clients connect to, and what one connection may take.
 *
 * @param host address to bind
 * @param port 0 for a free one
 * @param maxConcurrentStreams open calls of one connection
 */
public record ClientListener(String host, int port, int maxConcurrentStreams) {

  /** Streams of one connection unless configured; a bound, where etcd has none to speak of. */
  public static final int DEFAULT_MAX_CONCURRENT_STREAMS = 10_000;

  private static final int STREAM_WINDOW_BYTES = 1 << 20;
  private static final int CONNECTION_WINDOW_BYTES = 16 << 20;
  private static final int MAX_HEADER_BYTES = 32 << 10;

  /**
   * Resets that one connection may send in the window below. A client that cancels many calls or
   * watches is no attack; Vert.x's 200 in 30 s would cut it off.
   */
  private static final int MAX_RESETS = 20_000;

  private static final int RESET_WINDOW_SECONDS = 10;

  /** A listener with the default bounds. */
  public static ClientListener of(String host, int port) {
    return new ClientListener(host, port, DEFAULT_MAX_CONCURRENT_STREAMS);
  }

  /** The options of its server. */
  HttpServerOptions options() {
    return new HttpServerOptions()
        .setHost(host)
        .setPort(port)
        .setMaxHeaderSize(MAX_HEADER_BYTES)
        .setInitialSettings(
            new Http2Settings()
                .setMaxConcurrentStreams(maxConcurrentStreams)
                .setInitialWindowSize(STREAM_WINDOW_BYTES)
                .setMaxHeaderListSize(MAX_HEADER_BYTES))
        .setHttp2ConnectionWindowSize(CONNECTION_WINDOW_BYTES)
        .setHttp2RstFloodMaxRstFramePerWindow(MAX_RESETS)
        .setHttp2RstFloodWindowDuration(RESET_WINDOW_SECONDS)
        .setHttp2RstFloodWindowDurationTimeUnit(TimeUnit.SECONDS);
  }
}
