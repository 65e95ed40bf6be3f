package io.mooring.it.cluster;

import io.mooring.it.ServerProcess;
import io.mooring.it.Tools;
import java.util.List;

/**
 * A server program that takes etcd's flags.
 *
 * @param name for reports
 * @param command up to the flags that every member gets
 */
public record Program(String name, List<String> command) {

  /** Real etcd; skips the test where it is absent. */
  public static Program etcd() {
    String path = Tools.need("etcd", "etcd-server").toString();
    return new Program("etcd", List.of(path, "--logger", "zap", "--log-level", "warn"));
  }

  /** Mooring from its jar. */
  public static Program mooring(String engine) {
    List<String> command = new java.util.ArrayList<>(ServerProcess.javaCommand());
    command.addAll(List.of("--storage-engine", engine));
    return new Program("mooring-" + engine, command);
  }
}
