package io.mooring.it.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Asks the kernel which process a local TCP connection came from: a proxy in front of a member has
 * to know which other member calls, and every member calls by the same address. Works for any
 * protocol, on Linux, for processes of the same user.
 *
 * <pre>
 *   /proc/net/tcp   local address = the caller's port   ->  inode
 *   /proc/PID/fd/N  -> socket:[inode]                   ->  the process
 * </pre>
 */
final class SocketOwner {

  private static final int LOCAL_ADDRESS = 1;
  private static final int INODE = 9;

  private SocketOwner() {}

  /** Index of the process that has a socket with this local port; -1 when it is none of them. */
  static int find(int localPort, List<Long> pids) {
    String inode = inode(localPort);
    for (int i = 0; i < pids.size() && !inode.isEmpty(); i++) {
      if (owns(pids.get(i), "socket:[" + inode + "]")) {
        return i;
      }
    }
    return -1;
  }

  private static String inode(int localPort) {
    String suffix = ":%04X".formatted(localPort);
    try {
      for (String file : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
        for (String line : Files.readAllLines(Path.of(file))) {
          String[] fields = line.strip().split(" +");
          if (fields.length > INODE
              && fields[LOCAL_ADDRESS].endsWith(suffix)
              && !fields[INODE].equals("0")) {
            return fields[INODE];
          }
        }
      }
      return "";
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean owns(long pid, String socket) {
    try (Stream<Path> files = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      return files.anyMatch(file -> socket.equals(target(file)));
    } catch (IOException e) {
      // The process has ended meanwhile.
      return false;
    }
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      // Closed meanwhile.
      return "";
    }
  }
}
