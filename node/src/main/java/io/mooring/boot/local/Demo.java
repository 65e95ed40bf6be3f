package io.mooring.boot.local;

import io.mooring.boot.Node;
import io.mooring.boot.StartException;
import io.mooring.boot.config.CommandLineParser;
import io.mooring.boot.config.ConfigReader;
import io.mooring.boot.config.NodeConfig;
import io.mooring.boot.config.Settings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * {@code mooring demo}: a cluster inside this JVM with a registry in use, for a look around. Its
 * data is in a directory of its own, and is deleted at the end.
 */
public final class Demo implements AutoCloseable {

  private static final long LIMIT_SECONDS = 60;

  private final Vertx vertx = Vertx.vertx();
  private final MemberClient client = new MemberClient(vertx);
  private final LocalCluster cluster;
  private final List<Node> nodes = new CopyOnWriteArrayList<>();

  private Demo(LocalCluster cluster) {
    this.cluster = cluster;
  }

  /**
   * Starts it and returns; it goes on until it is closed.
   *
   * @param words what follows {@code demo}
   * @param engines names of the storage engines
   * @param log told of each member's settings before any logs
   * @throws StartException when a member cannot start; nothing is left
   */
  public static Demo start(
      List<String> words,
      Set<String> engines,
      String defaultEngine,
      Consumer<NodeConfig> log,
      PrintStream out) {
    ClusterArguments arguments = ClusterArguments.parse("demo", words, engines);
    Demo demo =
        new Demo(
            new LocalCluster(
                temporary(),
                arguments.enginesOfAll(defaultEngine),
                arguments.portOffsetOfNew(),
                Stream.concat(Stream.of("--log-level=error"), arguments.flags().stream())
                    .toList()));
    try {
      demo.run(engines, log, out);
      return demo;
    } catch (RuntimeException e) {
      demo.close();
      throw e;
    }
  }

  /** Ends the cluster and deletes its data. Not on a loop. */
  @Override
  public void close() {
    List<CompletableFuture<Void>> closing =
        nodes.stream().map(node -> CompletableFuture.runAsync(node::close, Demo::thread)).toList();
    nodes.clear();
    closing.forEach(Demo::get);
    get(vertx.close());
    delete(cluster.directory());
  }

  private void run(Set<String> engines, Consumer<NodeConfig> log, PrintStream out) {
    List<NodeConfig> configs =
        cluster.members().stream().map(member -> config(member, engines)).toList();
    configs.forEach(log);
    List<CompletableFuture<Boolean>> starting =
        configs.stream()
            .map(config -> CompletableFuture.supplyAsync(() -> start(config), Demo::thread))
            .toList();
    get(CompletableFuture.allOf(starting.toArray(new CompletableFuture<?>[0])));
    List<Integer> ports = cluster.members().stream().map(LocalMember::clientPort).toList();
    get(new Services(vertx, client, ports).start());
    out.println("A cluster of " + nodes.size() + ", inside this process, with a registry in use:");
    out.println("  export ETCDCTL_API=3 ETCDCTL_ENDPOINTS=" + cluster.endpoints());
    out.println("  etcdctl endpoint status -w table");
    out.println("  etcdctl get --prefix " + Services.PREFIX);
    out.println("  etcdctl watch --prefix " + Services.PREFIX);
    out.println("Ctrl-C ends it, and nothing is left behind.");
  }

  private NodeConfig config(LocalMember member, Set<String> engines) {
    CommandLineParser.Parsed parsed =
        CommandLineParser.parse(cluster.arguments(member).toArray(new String[0]));
    return ConfigReader.read(Settings.resolve(parsed.flags(), Map.of()), engines);
  }

  private boolean start(NodeConfig config) {
    return nodes.add(Node.start(config, Demo::fatal));
  }

  /** Members wait for each other when they start, so each has a thread to wait on. */
  private static void thread(Runnable task) {
    new Thread(task, "demo").start();
  }

  private static void fatal(String where, Throwable cause) {
    Runtime.getRuntime().halt(2);
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("mooring-demo");
    } catch (IOException e) {
      throw new StartException("demo: no temporary directory: " + e.getMessage());
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new StartException("demo: " + directory + " stays behind: " + e.getMessage());
    }
  }

  private static void get(Future<?> future) {
    get(future.toCompletionStage().toCompletableFuture());
  }

  private static void get(CompletableFuture<?> future) {
    try {
      future.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof StartException known
          ? known
          : new StartException("demo: " + e.getCause());
    } catch (TimeoutException e) {
      throw new StartException("demo: not done within " + LIMIT_SECONDS + " s");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartException("demo: interrupted");
    }
  }
}
