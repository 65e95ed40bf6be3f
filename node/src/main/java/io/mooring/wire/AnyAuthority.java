package io.mooring.wire;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * Lets any {@code :authority} in, as etcd does. Clients of etcd send what their resolver made up,
 * such as {@code #initially=[http://a:2379;http://b:2379]} or the escaped path of a socket; Vert.x
 * resets a stream whose authority is no host and port. One that is none is replaced by a name that
 * is, before Vert.x sees it: nothing here depends on it.
 */
final class AnyAuthority extends Http2FrameListenerDecorator {

  private static final String STAND_IN = "localhost";

  private AnyAuthority(Http2FrameListener next) {
    super(next);
  }

  /**
   * Takes a new connection; called on its loop. HTTP/1.1 and connections of an unknown kind stay as
   * they are.
   */
  static void install(HttpConnection connection) {
    if (!(connection instanceof ConnectionBase internal)) {
      return;
    }
    Http2ConnectionHandler handler =
        internal.channel().pipeline().get(Http2ConnectionHandler.class);
    if (handler == null) {
      return;
    }
    Http2ConnectionDecoder decoder = handler.decoder();
    Http2FrameListener listener = decoder.frameListener();
    if (listener != null && !(listener instanceof AnyAuthority)) {
      decoder.frameListener(new AnyAuthority(listener));
    }
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext context,
      int streamId,
      Http2Headers headers,
      int padding,
      boolean endStream)
      throws Http2Exception {
    super.onHeadersRead(context, streamId, tolerable(headers), padding, endStream);
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext context,
      int streamId,
      Http2Headers headers,
      int streamDependency,
      short weight,
      boolean exclusive,
      int padding,
      boolean endStream)
      throws Http2Exception {
    super.onHeadersRead(
        context,
        streamId,
        tolerable(headers),
        streamDependency,
        weight,
        exclusive,
        padding,
        endStream);
  }

  private static Http2Headers tolerable(Http2Headers headers) {
    CharSequence authority = headers.authority();
    if (authority != null && !isPlain(authority)) {
      headers.authority(STAND_IN);
    }
    return headers;
  }

  /** Whether it is made of what host names, addresses and ports are made of. */
  private static boolean isPlain(CharSequence authority) {
    for (int i = 0; i < authority.length(); i++) {
      char c = authority.charAt(i);
      boolean plain =
          c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.';
      if (!plain && c != '-' && c != ':') {
        return false;
      }
    }
    return HostAndPort.parseAuthority(authority.toString(), -1) != null;
  }
}
