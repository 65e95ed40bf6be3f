package io.mooring.it;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;

/** Foreign programs that tests use where they are installed. */
public final class Tools {

  private static final int FIRST_PORT = 23_000;
  private static final int PORTS = 9_000;

  /** Begins anywhere, so that two JVMs with tests seldom look at the same ports. */
  private static final AtomicInteger NEXT_PORT =
      new AtomicInteger((int) (ProcessHandle.current().pid() * 31 % PORTS));

  private Tools() {}

  /** The path of a program; skips the test, by name, where it is absent. */
  public static Path need(String program, String debianPackage) {
    String path = System.getenv().getOrDefault("PATH", "");
    for (String directory : path.split(":", -1)) {
      Path file = Path.of(directory, program);
      if (!directory.isEmpty() && Files.isExecutable(file)) {
        return file;
      }
    }
    Assumptions.abort(
        "SKIPPED " + program + " is not installed (Debian package " + debianPackage + ")");
    throw new IllegalStateException("aborted");
  }

  /**
   * A port that was free a moment ago and that no other caller in this JVM is given before all have
   * had their turn. It lies below the range from which Linux takes the ports of outgoing
   * connections, so that nobody takes it before the server that it is for, nor while that restarts.
   */
  public static int freePort() {
    for (int tries = 0; tries < PORTS; tries++) {
      int port = FIRST_PORT + Math.floorMod(NEXT_PORT.getAndIncrement(), PORTS);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException e) {
        // Somebody listens there: the next one.
      }
    }
    throw new IllegalStateException("no free port from " + FIRST_PORT + " on, of " + PORTS);
  }
}
