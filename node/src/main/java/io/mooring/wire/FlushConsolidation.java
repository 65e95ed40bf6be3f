package io.mooring.wire;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes all replies of one turn leave in one system call.
 *
 * <p>Vert.x flushes each frame that it writes outside a read event, and nearly all of ours are:
 * replies wait for an fsync, a read round or an event. Netty's consolidation handler, first in the
 * pipeline, turns those flushes into one task at the end of the loop's turn. That is worth more
 * than a factor of two in requests per core.
 *
 * <p>The channel is reached through an internal class of Vert.x, for want of a public way. Should a
 * later version hide it, connections work as before, only slower, and the log says so once.
 */
final class FlushConsolidation {

  private static final Logger log = LoggerFactory.getLogger(FlushConsolidation.class);
  private static final int MAX_PENDING_FLUSHES = 1024;
  private static final String NAME = "flush-consolidation";

  private boolean warned;

  /** Takes a new connection; called on its loop. True: its flushes are consolidated. */
  boolean install(HttpConnection connection) {
    if (!(connection instanceof ConnectionBase internal)) {
      if (!warned) {
        warned = true;
        log.warn("flushes are not consolidated: unknown {}", connection.getClass().getName());
      }
      return false;
    }
    Channel channel = internal.channel();
    ChannelPipeline pipeline = channel.pipeline();
    // A connection upgraded from HTTP/1.1 comes by twice.
    if (pipeline.get(NAME) == null) {
      pipeline.addFirst(NAME, new FlushConsolidationHandler(MAX_PENDING_FLUSHES, true));
    }
    return true;
  }
}
