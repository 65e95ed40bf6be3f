package io.mooring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.base.Check;
import io.mooring.boot.config.CommandLineParser;
import io.mooring.boot.config.ConfigReader;
import io.mooring.boot.config.NodeConfig;
import io.mooring.boot.config.Settings;
import io.mooring.it.Tools;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Starts that come to nothing. */
class NodeStartTest {

  @TempDir private Path directory;
  private final AtomicReference<Throwable> fault = new AtomicReference<>();

  /** Twice in the same place: the first has left nothing open. */
  @Test
  @Timeout(30)
  void aStartThatWaitsForAQuorumCanBeEnded() throws Exception {
    NodeConfig config = oneOfThree();
    for (int i = 0; i < 2; i++) {
      AtomicReference<Throwable> outcome = new AtomicReference<>();
      AtomicReference<Runnable> abort = new AtomicReference<>();
      CountDownLatch checked = new CountDownLatch(1);
      Thread start =
          new Thread(
              () -> {
                try {
                  Node.start(
                      config,
                      (where, cause) -> fault.set(cause),
                      how -> {
                        abort.set(how);
                        checked.countDown();
                      },
                      () -> {});
                } catch (RuntimeException e) {
                  outcome.set(e);
                }
              });
      start.start();
      checked.await();
      Check.present(abort.get(), "no way to end the start").run();
      start.join();
      assertThat(outcome.get())
          .isInstanceOf(StartException.class)
          .hasMessageContaining("ended before it could serve");
    }
    assertThat(fault.get()).isNull();
  }

  @Test
  @Timeout(30)
  void aStartThatFailsBehindTheStoresClosesThem() throws Exception {
    NodeConfig config = oneOfThree();
    String host = "127.0.0.1";
    int peerPort = config.urls().listenPeer().get(0).getPort();
    for (int i = 0; i < 2; i++) {
      List<ServerSocket> taken = new ArrayList<>();
      assertThatThrownBy(
              () ->
                  Node.start(
                      config,
                      (where, cause) -> fault.set(cause),
                      abort -> taken.add(bound(host, peerPort)),
                      () -> {}))
          .isInstanceOf(StartException.class)
          .hasMessageContaining("cannot listen");
      for (ServerSocket socket : taken) {
        socket.close();
      }
    }
    assertThat(fault.get()).isNull();
  }

  private NodeConfig oneOfThree() {
    String client = url();
    String peer = url();
    List<String> args =
        List.of(
            "--name=one",
            "--data-dir=" + directory.resolve("data"),
            "--storage-engine=memory",
            "--listen-client-urls=" + client,
            "--advertise-client-urls=" + client,
            "--listen-peer-urls=" + peer,
            "--initial-advertise-peer-urls=" + peer,
            "--initial-cluster=one=" + peer + ",two=" + url() + ",three=" + url());
    Settings settings =
        Settings.resolve(CommandLineParser.parse(args.toArray(String[]::new)).flags(), Map.of());
    return ConfigReader.read(settings, Engines.find().names());
  }

  private static String url() {
    return "http://127.0.0.1:" + Tools.freePort();
  }

  private static ServerSocket bound(String host, int port) {
    try {
      return new ServerSocket(port, 1, InetAddress.getByName(host));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
