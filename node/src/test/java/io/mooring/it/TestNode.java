package io.mooring.it;

import io.mooring.api.storage.EngineProvider;
import io.mooring.boot.Node;
import io.mooring.boot.config.CommandLineParser;
import io.mooring.boot.config.ConfigReader;
import io.mooring.boot.config.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** A member inside the test's own process, on free ports. */
final class TestNode implements AutoCloseable {

  private final Node node;
  private final AtomicReference<Throwable> fault;

  private TestNode(Node node, AtomicReference<Throwable> fault) {
    this.node = node;
    this.fault = fault;
  }

  /** Names of all engines, for parameterized tests. */
  static Stream<String> engines() {
    return engineNames().stream();
  }

  private static Set<String> engineNames() {
    Set<String> names = new TreeSet<>();
    ServiceLoader.load(EngineProvider.class).forEach(provider -> names.add(provider.name()));
    return names;
  }

  /** Starts one; flags as on the command line. */
  static TestNode start(Path dataDir, String engine, String... flags) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "--data-dir",
                dataDir.toString(),
                "--storage-engine",
                engine,
                "--listen-client-urls",
                "http://127.0.0.1:0",
                "--advertise-client-urls",
                "http://127.0.0.1:0",
                "--listen-peer-urls",
                "http://127.0.0.1:0"));
    args.addAll(List.of(flags));
    AtomicReference<Throwable> fault = new AtomicReference<>();
    Settings settings =
        Settings.resolve(CommandLineParser.parse(args.toArray(String[]::new)).flags(), Map.of());
    Node node =
        Node.start(
            ConfigReader.read(settings, engineNames()),
            (where, cause) ->
                fault.compareAndSet(null, new AssertionError("fatal in " + where, cause)));
    return new TestNode(node, fault);
  }

  int clientPort() {
    return node.clientPorts().get(0);
  }

  /** Stops it and fails if it ever met a fatal fault. */
  @Override
  public void close() {
    node.close();
    Throwable met = fault.get();
    if (met != null) {
      throw new AssertionError("the member met a fatal fault", met);
    }
  }
}
