package io.mooring.peer;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.net.URI;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** A way to a server that can stop passing bytes without closing anything, as a partition does. */
final class FrozenPipe {

  private final NetServer server;
  private final Queue<NetSocket> ends = new ConcurrentLinkedQueue<>();
  private final AtomicInteger closedByTarget = new AtomicInteger();
  private volatile boolean frozen;

  FrozenPipe(Vertx vertx, URI target) {
    server =
        PeerWorld.await(
            vertx
                .createNetServer()
                .connectHandler(
                    near -> {
                      near.pause();
                      vertx
                          .createNetClient()
                          .connect(target.getPort(), target.getHost())
                          .onSuccess(
                              far -> {
                                join(near, far, new AtomicInteger());
                                join(far, near, closedByTarget);
                                near.resume();
                              });
                    })
                .listen(0, "127.0.0.1"));
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.actualPort());
  }

  /** Passes nothing more on connections that exist, nor on new ones. */
  void freeze() {
    frozen = true;
  }

  /** Passes bytes on new connections again; those that were frozen are closed. */
  void thaw() {
    frozen = false;
    ends.forEach(NetSocket::close);
  }

  /** Connections that the target has closed while nothing passed. */
  int closedByTarget() {
    return closedByTarget.get();
  }

  private void join(NetSocket from, NetSocket to, AtomicInteger closedWhileFrozen) {
    ends.add(from);
    from.handler(
        bytes -> {
          if (!frozen) {
            to.write(bytes);
          }
        });
    from.closeHandler(
        closed -> {
          if (frozen) {
            closedWhileFrozen.incrementAndGet();
          } else {
            to.close();
          }
        });
  }
}
