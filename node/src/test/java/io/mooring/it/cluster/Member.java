package io.mooring.it.cluster;

import io.mooring.api.etcdserverpb.StatusRequest;
import io.mooring.api.etcdserverpb.StatusResponse;
import io.mooring.it.RawClient;
import io.mooring.it.RawClient.Reply;
import io.mooring.it.ServerProcess;
import io.mooring.it.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One member of a cluster as a process that comes and goes; its ports and data stay. */
final class Member implements AutoCloseable {

  private static final long STATUS_TIMEOUT_MS = 500;
  private static final long SIGNAL_SECONDS = 5;

  private final String name;
  private Program program;
  private final Path dataDir;
  private final int clientPort = Tools.freePort();
  private int peerPort = Tools.freePort();
  private final RawClient statusClient = new RawClient(clientPort, STATUS_TIMEOUT_MS);
  private volatile @Nullable ServerProcess process;
  private boolean paused;

  Member(String name, Program program, Path dataDir) {
    this.name = name;
    this.program = program;
    this.dataDir = dataDir;
  }

  String name() {
    return name;
  }

  int clientPort() {
    return clientPort;
  }

  /** Where it listens for other members; they reach it through the network's proxy. */
  int peerPort() {
    return peerPort;
  }

  /** Listens for other members on another port from its next start on. */
  void moves() {
    requireStopped();
    peerPort = Tools.freePort();
  }

  Path dataDir() {
    return dataDir;
  }

  /** Its process id, 0 when it does not run. */
  long pid() {
    ServerProcess running = process;
    return running == null ? 0 : running.pid();
  }

  boolean isAlive() {
    ServerProcess running = process;
    return running != null && running.isAlive();
  }

  /** Starts its process and does not wait. */
  void start(String advertisedPeerUrl, String initialCluster, String clusterState) {
    List<String> command = new ArrayList<>(program.command());
    command.addAll(
        List.of(
            "--name",
            name,
            "--data-dir",
            dataDir.toString(),
            "--listen-client-urls",
            ServerProcess.url(clientPort),
            "--advertise-client-urls",
            ServerProcess.url(clientPort),
            "--listen-peer-urls",
            ServerProcess.url(peerPort),
            "--initial-advertise-peer-urls",
            advertisedPeerUrl,
            "--initial-cluster",
            initialCluster,
            "--initial-cluster-state",
            clusterState,
            "--heartbeat-interval",
            "50",
            "--election-timeout",
            "500"));
    process = ServerProcess.run(command, Map.of(), clientPort);
  }

  /** Its answer to Maintenance.Status; null when it gives none in time. */
  @Nullable StatusResponse status() {
    statusClient.connectSoon();
    Reply<StatusResponse> reply =
        statusClient.call(
            "etcdserverpb.Maintenance/Status",
            StatusRequest.getDefaultInstance(),
            StatusResponse.getDefaultInstance());
    return reply.ok() ? reply.value() : null;
  }

  /** Another program from its next start on. */
  void becomes(Program other) {
    requireStopped();
    program = other;
  }

  void kill9() {
    running().kill9();
    running().close();
    process = null;
    paused = false;
  }

  /** Asks it to stop, and waits until it has. */
  void sigterm() {
    running().sigterm();
    running().awaitEnd();
    running().close();
    process = null;
  }

  /** Waits until its process has ended by itself, and returns the exit code. */
  int awaitEnd() {
    return running().awaitEnd();
  }

  void backUp(Path target) {
    requireStopped();
    copy(dataDir, target);
  }

  void putBack(Path copy) {
    wipe();
    copy(copy, dataDir);
  }

  private static void copy(Path from, Path to) {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void requireStopped() {
    if (isAlive()) {
      throw new IllegalStateException(name + " runs");
    }
  }

  void pause() {
    signal("STOP");
    paused = true;
  }

  void resume() {
    signal("CONT");
    paused = false;
  }

  /** Deletes all it has kept. */
  void wipe() {
    requireStopped();
    try (Stream<Path> files = Files.walk(dataDir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What it has printed, for reports. */
  String output() {
    ServerProcess running = process;
    return running == null ? "" : running.output();
  }

  @Override
  public void close() {
    statusClient.close();
    ServerProcess running = process;
    if (running != null) {
      if (paused && running.isAlive()) {
        resume();
      }
      running.close();
      process = null;
    }
  }

  private ServerProcess running() {
    ServerProcess running = process;
    if (running == null) {
      throw new IllegalStateException(name + " does not run");
    }
    return running;
  }

  private void signal(String signal) {
    signal(signal, List.of(running().pid()));
  }

  /** Sends a signal to processes, to all of them at once. */
  static void signal(String signal, List<Long> pids) {
    List<String> command = new ArrayList<>(List.of("kill", "-" + signal));
    pids.forEach(pid -> command.add(String.valueOf(pid)));
    try {
      Process kill = new ProcessBuilder(command).start();
      if (!kill.waitFor(SIGNAL_SECONDS, TimeUnit.SECONDS) || kill.exitValue() != 0) {
        throw new IllegalStateException("cannot send " + signal + " to " + pids);
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
