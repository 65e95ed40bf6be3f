package io.mooring.it;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Foreign programs that tests use where they are installed. */
public final class Tools {

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

  /** A port that was free a moment ago. */
  public static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException("no free port", e);
    }
  }
}
