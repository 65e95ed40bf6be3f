package io.mooring.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hangs up on whoever begins with a TLS handshake on a port that speaks plain text. Such a client
 * waits for an answer to its hello, and Vert.x for the end of what it takes for a line of HTTP/1:
 * neither would say anything. One for all listeners of a member; any thread.
 *
 * <p>HTTP/1 is what Vert.x has made of such a connection when it shows it, having seen a byte that
 * HTTP/2 does not begin with; that byte has not reached the HTTP/1 decoder by then.
 */
public final class TlsHellos {

  private static final Logger LOG = LoggerFactory.getLogger(TlsHellos.class);

  /** Content type of a TLS record that carries a handshake; no request of HTTP/1 begins with it. */
  private static final byte HANDSHAKE = 0x16;

  /** Vert.x's name of its HTTP/1 decoder. */
  private static final String DECODER = "httpDecoder";

  private static final long LOG_INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);

  private final LongAdder count = new LongAdder();
  private final AtomicLong nextLogNs = new AtomicLong(System.nanoTime());

  /** Takes a new connection; called on its loop. */
  public void watch(HttpConnection connection) {
    if (connection instanceof ConnectionBase internal) {
      ChannelPipeline pipeline = internal.channel().pipeline();
      if (pipeline.get(DECODER) != null) {
        pipeline.addBefore(DECODER, null, new FirstByte());
      }
    }
  }

  /** Connections that were hung up on. */
  public long count() {
    return count.sum();
  }

  private void found(SocketAddress from) {
    count.increment();
    long nowNs = System.nanoTime();
    long dueNs = nextLogNs.get();
    if (nowNs - dueNs >= 0 && nextLogNs.compareAndSet(dueNs, nowNs + LOG_INTERVAL_NS)) {
      LOG.warn("{} speaks TLS to a port that does not ({} connections so far)", from, count());
    }
  }

  /** Looks at the first byte of a connection, and steps aside. */
  private final class FirstByte extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof ByteBuf bytes && bytes.isReadable()) {
        if (bytes.getByte(bytes.readerIndex()) == HANDSHAKE) {
          ReferenceCountUtil.release(message);
          found(context.channel().remoteAddress());
          context.channel().close();
          return;
        }
        context.pipeline().remove(this);
      }
      context.fireChannelRead(message);
    }
  }
}
