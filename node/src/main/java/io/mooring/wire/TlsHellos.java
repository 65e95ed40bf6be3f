package io.mooring.wire;

import io.mooring.base.LogLimit;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.net.NetServerOptions;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hangs up on whoever begins with a TLS handshake on a port that speaks plain text. Such a client
 * waits for an answer to its hello, and the decoder of HTTP/1 for the end of what it takes for a
 * request: neither would say anything. One for all listeners of a member; any thread.
 */
public final class TlsHellos {

  private static final Logger LOG = LoggerFactory.getLogger(TlsHellos.class);

  /** Content type of a TLS record that carries a handshake; no request begins with it. */
  private static final byte HANDSHAKE = 0x16;

  private final LongAdder count = new LongAdder();
  private final LogLimit lines = new LogLimit(1, TimeUnit.SECONDS.toNanos(10));

  /** A transport whose servers without TLS look at each connection that they accept. */
  public io.vertx.core.transport.Transport over(io.vertx.core.transport.Transport transport) {
    return new WatchedTransport(transport, this::watch);
  }

  private void watch(NetServerOptions options, ServerBootstrap bootstrap) {
    if (!options.isSsl()) {
      bootstrap.handler(new Accepted());
    }
  }

  /** Connections that were hung up on. */
  public long count() {
    return count.sum();
  }

  private void found(SocketAddress from) {
    count.increment();
    String suffix = lines.suffix(System.nanoTime());
    if (suffix != null) {
      LOG.warn("{} speaks TLS to a port that does not{}", from, suffix);
    }
  }

  /** In the pipeline of a server, whose messages are the connections that it accepts. */
  @ChannelHandler.Sharable
  private final class Accepted extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof Channel accepted) {
        accepted.pipeline().addFirst(new FirstByte());
      }
      context.fireChannelRead(message);
    }
  }

  /** Looks at the first byte of a connection, and steps aside. */
  private final class FirstByte extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (!(message instanceof ByteBuf bytes) || !bytes.isReadable()) {
        context.fireChannelRead(message);
      } else if (bytes.getByte(bytes.readerIndex()) == HANDSHAKE) {
        ReferenceCountUtil.release(message);
        found(context.channel().remoteAddress());
        context.close();
      } else {
        context.fireChannelRead(message);
        context.pipeline().remove(this);
      }
    }
  }
}
