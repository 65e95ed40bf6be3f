package io.mooring.it.cluster;

import io.mooring.it.RawClient;
import java.util.List;

/**
 * A client's connections to several servers, one in use at a time. For one thread.
 *
 * <p>Each client has channels of its own: one that shared them would wait behind others.
 */
final class Endpoints implements AutoCloseable {

  private final List<RawClient> clients;
  private int current;

  /**
   * Connections that are made when first used.
   *
   * @param ports of the servers
   * @param first index of the one to begin with
   * @param timeoutMs deadline of every unary call
   */
  Endpoints(List<Integer> ports, int first, long timeoutMs) {
    this.clients = ports.stream().map(port -> new RawClient(port, timeoutMs)).toList();
    this.current = first % ports.size();
  }

  RawClient current() {
    return clients.get(current);
  }

  /** Turns to the next server, and has it connect at once however often that failed before. */
  RawClient next() {
    current = (current + 1) % clients.size();
    clients.get(current).connectSoon();
    return clients.get(current);
  }

  @Override
  public void close() {
    clients.forEach(RawClient::close);
  }
}
