package io.mooring.boot.local;

import java.nio.file.Path;

/**
 * One member of a cluster on this machine, with the name and the ports that etcd's Procfile gives
 * it: infra1 on 2379 and 12380, infra2 on 22379 and 22380, and so on.
 *
 * @param number from 1
 * @param portOffset added to every port
 * @param engine its storage engine
 * @param directory what is kept of the whole cluster
 */
record LocalMember(int number, int portOffset, String engine, Path directory) {

  private static final int CLIENT_PORT = 2_379;
  private static final int PEER_PORT = 2_380;
  private static final int PORTS_APART = 10_000;

  String name() {
    return "infra" + number;
  }

  int clientPort() {
    return (number == 1 ? 0 : number * PORTS_APART) + CLIENT_PORT + portOffset;
  }

  int peerPort() {
    return number * PORTS_APART + PEER_PORT + portOffset;
  }

  /** Where it listens for clients. */
  String clientUrl() {
    return "http://127.0.0.1:" + clientPort();
  }

  /** Where it listens for the other members. */
  String peerUrl() {
    return "http://127.0.0.1:" + peerPort();
  }

  Path dataDirectory() {
    return directory.resolve(name());
  }

  Path logFile() {
    return directory.resolve(name() + ".log");
  }

  Path processFile() {
    return directory.resolve(name() + ".pid");
  }
}
