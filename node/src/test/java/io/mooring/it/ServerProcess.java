package io.mooring.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A server of this or another program as a process of its own; its output goes to a file. */
public final class ServerProcess implements AutoCloseable {

  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final long END_LIMIT_SECONDS = 30;

  private final Process process;
  private final Path output;
  private final int clientPort;

  private ServerProcess(Process process, Path output, int clientPort) {
    this.process = process;
    this.output = output;
    this.clientPort = clientPort;
  }

  /** Starts Mooring from its jar and waits until it serves. */
  public static ServerProcess mooring(Path dataDir, int clientPort, String... flags) {
    ServerProcess server = launch(dataDir, clientPort, flags);
    server.awaitOutput("ready to serve client requests");
    return server;
  }

  /** Starts Mooring from its jar and does not wait. */
  static ServerProcess launch(Path dataDir, int clientPort, String... flags) {
    int peerPort = Tools.freePort();
    List<String> command = new ArrayList<>(javaCommand());
    command.addAll(
        List.of(
            "--data-dir",
            dataDir.toString(),
            "--listen-client-urls",
            url(clientPort),
            "--advertise-client-urls",
            url(clientPort),
            "--listen-peer-urls",
            url(peerPort)));
    command.addAll(List.of(flags));
    return run(command, Map.of(), clientPort);
  }

  /** Starts real etcd and waits until it serves; skips the test where it is absent. */
  public static ServerProcess etcd(Path dataDir) {
    Path program = Tools.need("etcd", "etcd-server");
    int clientPort = Tools.freePort();
    int peerPort = Tools.freePort();
    ServerProcess server =
        run(
            List.of(
                program.toString(),
                "--data-dir",
                dataDir.toString(),
                "--listen-client-urls",
                url(clientPort),
                "--advertise-client-urls",
                url(clientPort),
                "--listen-peer-urls",
                url(peerPort),
                "--initial-advertise-peer-urls",
                url(peerPort),
                "--initial-cluster",
                "default=" + url(peerPort),
                "--logger",
                "zap"),
            Map.of(),
            clientPort);
    server.awaitOutput("ready to serve client requests", "serving client traffic insecurely");
    return server;
  }

  /** The JVM, its flags and the jar. */
  public static List<String> javaCommand() {
    List<String> command = new ArrayList<>(jvm());
    command.addAll(ClassArchive.flags());
    command.addAll(List.of("-jar", jar().toString()));
    return command;
  }

  /** A JVM that starts fast, which matters more here than how fast it becomes. */
  static List<String> jvm() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (Runtime.version().feature() >= 23) {
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            "-Xmx512m"));
    return command;
  }

  /** The program, as the build has made it. */
  static Path jar() {
    Path jar = Path.of(System.getProperty("mooring.jar", "target/mooring.jar")).toAbsolutePath();
    if (!Files.exists(jar)) {
      throw new IllegalStateException(jar + " is missing: run `mvn package` first");
    }
    return jar;
  }

  public static String url(int port) {
    return "http://127.0.0.1:" + port;
  }

  /** Runs any command. */
  public static ServerProcess run(
      List<String> command, Map<String, String> environment, int clientPort) {
    try {
      Path output = Files.createTempFile("server", ".log");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .directory(output.getParent().toFile());
      builder.environment().keySet().removeIf(name -> name.matches("(ETCD|MOORING)_.*"));
      builder.environment().putAll(environment);
      return new ServerProcess(builder.start(), output, clientPort);
    } catch (IOException e) {
      throw new IllegalStateException("cannot run " + command, e);
    }
  }

  public int clientPort() {
    return clientPort;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** What it has printed so far. */
  public String output() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits until it prints one of the texts; fails when it ends before. */
  public void awaitOutput(String... texts) {
    Awaitility.await()
        .atMost(START_LIMIT)
        .pollInterval(Duration.ofMillis(20))
        .failFast(this::failIfEnded)
        .until(() -> List.of(texts).stream().anyMatch(output()::contains));
  }

  private void failIfEnded() {
    if (!isAlive()) {
      throw new IllegalStateException("ended with " + process.exitValue() + ": " + output());
    }
  }

  /** Ends it as a power cut would, as far as one process can tell. */
  public void kill9() {
    process.destroyForcibly();
    awaitEnd();
  }

  /** Asks it to stop. */
  public void sigterm() {
    process.destroy();
  }

  /** Starts Mooring with exactly these arguments and does not wait. */
  static ServerProcess bare(Map<String, String> environment, List<String> arguments) {
    List<String> command = new ArrayList<>(javaCommand());
    command.addAll(arguments);
    return run(command, environment, 0);
  }

  /** Waits until it has ended and returns its exit code. */
  public int awaitEnd() {
    try {
      if (!process.waitFor(END_LIMIT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("does not end: " + output());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      process.destroyForcibly();
      awaitEnd();
    }
    try {
      Files.deleteIfExists(output);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
