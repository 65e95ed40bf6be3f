package io.mooring.it.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Stands in front of a server's port and passes bytes on as its links allow. A cut link holds what
 * was sent, with the sockets open, as a network does that loses packets; a reset ends connections.
 *
 * <pre>
 *   client ──► proxy port ──► pump by link "forth" ──► server
 *          ◄──────────────── pump by link "back"  ◄──
 * </pre>
 *
 * Plain threads: one that accepts, and two for each connection.
 */
final class TcpProxy implements AutoCloseable {

  private static final int CHUNK_BYTES = 32 << 10;
  private static final int BACKLOG = 64;

  /** Who is on the other side of an accepted connection, and which links it goes through. */
  interface Router {
    /** Called once for each connection, on a thread of its own. */
    Route route(Socket accepted);
  }

  /**
   * The two directions of a connection.
   *
   * @param forth from who connected to the server
   * @param back from the server
   */
  record Route(Link forth, Link back) {}

  /** A connection through the proxy. */
  private record Pair(Socket client, Socket server, Route route) {
    void close() {
      closeOne(client);
      closeOne(server);
    }

    /** What is not sent yet is dropped, and both sides hear of it at once. */
    void reset() {
      for (Socket socket : List.of(client, server)) {
        try {
          socket.setSoLinger(true, 0);
        } catch (IOException e) {
          // Closed already, by a pump.
          continue;
        }
      }
      close();
    }

    boolean ended() {
      return client.isOutputShutdown() && server.isOutputShutdown();
    }
  }

  private final ServerSocket listener;
  private final int targetPort;
  private final Router router;
  private final Set<Pair> pairs = ConcurrentHashMap.newKeySet();
  private volatile boolean refusing;
  private volatile boolean closed;

  /** Starts to listen on a free port. */
  TcpProxy(int targetPort, Router router) {
    this.targetPort = targetPort;
    this.router = router;
    try {
      this.listener = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new IllegalStateException("no free port", e);
    }
    start("accept", this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Ends every connection and takes none, or takes them again. */
  void refuse(boolean now) {
    refusing = now;
    if (now) {
      reset(route -> true);
    }
  }

  /** Ends connections whose links satisfy a condition; both sides hear of it. */
  void reset(Predicate<Route> which) {
    for (Pair pair : pairs) {
      if (which.test(pair.route())) {
        pair.reset();
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      listener.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    reset(route -> true);
  }

  private void accept() {
    while (!closed) {
      try {
        Socket client = listener.accept();
        start("connect", () -> connect(client));
      } catch (IOException e) {
        if (!closed) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  /** A connection over a cut link is accepted, as the kernel does, and then hears nothing. */
  private void connect(Socket client) {
    Route route = router.route(client);
    Socket server = new Socket();
    Pair pair = new Pair(client, server, route);
    pairs.add(pair);
    try {
      if (refusing) {
        throw new IOException("refused");
      }
      route.forth().enter(System.nanoTime());
      route.forth().leave(0);
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort));
      start("forth", () -> pump(pair, client, server, route.forth()));
      pump(pair, server, client, route.back());
    } catch (IOException | InterruptedException e) {
      end(pair);
    }
  }

  private void pump(Pair pair, Socket from, Socket to, Link link) {
    byte[] chunk = new byte[CHUNK_BYTES];
    try {
      int count = from.getInputStream().read(chunk);
      while (count >= 0) {
        link.enter(System.nanoTime());
        int passed = 0;
        try {
          to.getOutputStream().write(chunk, 0, count);
          passed = count;
        } finally {
          link.leave(passed);
        }
        count = from.getInputStream().read(chunk);
      }
      to.shutdownOutput();
      if (pair.ended()) {
        end(pair);
      }
    } catch (IOException | InterruptedException e) {
      end(pair);
    }
  }

  private void end(Pair pair) {
    pair.close();
    pairs.remove(pair);
  }

  private static void closeOne(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void start(String name, Runnable task) {
    Thread thread = new Thread(task, "proxy-" + name);
    thread.setDaemon(true);
    thread.start();
  }
}
