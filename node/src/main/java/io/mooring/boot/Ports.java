package io.mooring.boot;

import io.mooring.boot.config.NodeConfig.Urls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/** Addresses to listen on, looked at before anything else is touched. */
final class Ports {

  private Ports() {}

  /**
   * Makes sure that every listen address can be bound now. Another process may still be faster;
   * then binding fails later, with the same words.
   *
   * @throws StartException naming the flag and the address
   */
  static void checkFree(Urls urls) {
    List<ServerSocket> held = new ArrayList<>();
    try {
      check("listen-client-urls", urls.listenClient(), held);
      check("listen-peer-urls", urls.listenPeer(), held);
      check("listen-metrics-urls", urls.listenMetrics(), held);
    } finally {
      held.forEach(Ports::close);
    }
  }

  /** The host to bind, an IPv6 address without its brackets. */
  static String host(URI url) {
    String host = url.getHost();
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private static void check(String flag, List<URI> urls, List<ServerSocket> held) {
    for (URI url : urls) {
      try {
        ServerSocket socket = new ServerSocket();
        held.add(socket);
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(host(url), url.getPort()));
      } catch (IOException e) {
        throw new StartException(flag + ": " + url + ": cannot listen: " + e.getMessage());
      }
    }
  }

  private static void close(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new StartException("closing a probe of a port: " + e.getMessage());
    }
  }
}
