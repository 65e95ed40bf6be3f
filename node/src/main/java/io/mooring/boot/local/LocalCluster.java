package io.mooring.boot.local;

import io.mooring.boot.StartException;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a cluster on this machine is made of; kept in {@code cluster.properties} of its directory,
 * so that later commands need not be told again.
 *
 * @param engines one for each member
 * @param flags more flags for every member
 */
record LocalCluster(Path directory, List<String> engines, int portOffset, List<String> flags) {

  /** More would need ports beyond the last one. */
  static final int MAX_MEMBERS = 6;

  private static final String FILE = "cluster.properties";
  private static final String SEPARATOR = "\n";

  /** All members in the order of their numbers. */
  List<LocalMember> members() {
    return IntStream.rangeClosed(1, engines.size()).mapToObj(this::member).toList();
  }

  /** A member by its number, from 1. */
  LocalMember member(int number) {
    return new LocalMember(number, portOffset, engines.get(number - 1), directory);
  }

  /** The clients' side of all members, as {@code --endpoints} takes it. */
  String endpoints() {
    return members().stream().map(LocalMember::clientUrl).collect(Collectors.joining(","));
  }

  /** The flags that start a member. */
  List<String> arguments(LocalMember member) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "start",
                "--name=" + member.name(),
                "--data-dir=" + member.dataDirectory(),
                "--storage-engine=" + member.engine(),
                "--listen-client-urls=" + member.clientUrl(),
                "--advertise-client-urls=" + member.clientUrl(),
                "--listen-peer-urls=" + member.peerUrl(),
                "--initial-advertise-peer-urls=" + member.peerUrl(),
                "--initial-cluster=" + initialCluster(),
                "--initial-cluster-token=mooring-cluster",
                "--initial-cluster-state=new"));
    arguments.addAll(flags);
    return arguments;
  }

  private String initialCluster() {
    return members().stream()
        .map(member -> member.name() + "=" + member.peerUrl())
        .collect(Collectors.joining(","));
  }

  /** Whether a directory holds a cluster. */
  static boolean isIn(Path directory) {
    return Files.exists(directory.resolve(FILE));
  }

  /**
   * Reads what a directory holds.
   *
   * @throws StartException when it holds none
   */
  static LocalCluster load(Path directory) {
    if (!isIn(directory)) {
      throw new StartException(
          "cluster: no cluster in " + directory + "; begin with mooring cluster start");
    }
    Properties properties = new Properties();
    try (Reader in = Files.newBufferedReader(directory.resolve(FILE))) {
      properties.load(in);
      return new LocalCluster(
          directory,
          List.of(properties.getProperty("engines").split(",")),
          Integer.parseInt(properties.getProperty("port-offset")),
          properties.getProperty("flags").lines().toList());
    } catch (IOException | RuntimeException e) {
      throw new StartException("cluster: " + directory.resolve(FILE) + ": cannot be read: " + e);
    }
  }

  /** Creates the directory and writes down what it is to hold. */
  void save() {
    Properties properties = new Properties();
    properties.setProperty("engines", String.join(",", engines));
    properties.setProperty("port-offset", Integer.toString(portOffset));
    properties.setProperty("flags", String.join(SEPARATOR, flags));
    try {
      Files.createDirectories(directory);
      try (Writer out = Files.newBufferedWriter(directory.resolve(FILE))) {
        properties.store(out, "A cluster for trying things out: mooring cluster");
      }
    } catch (IOException e) {
      throw new StartException("cluster: " + directory + ": cannot be written: " + e.getMessage());
    }
  }
}
