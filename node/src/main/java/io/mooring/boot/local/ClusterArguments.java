package io.mooring.boot.local;

import io.mooring.boot.config.ConfigException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The words behind {@code mooring cluster} and {@code mooring demo}.
 *
 * @param word what to do
 * @param number of the member that is meant; 0 for all
 * @param directory of the cluster
 * @param nodes how many members; 0 when not said
 * @param engines one for all members, or one for each; empty when not said
 * @param portOffset added to every port; null when not said
 * @param flags for every member
 */
record ClusterArguments(
    String word,
    int number,
    Path directory,
    int nodes,
    List<String> engines,
    @Nullable Integer portOffset,
    List<String> flags) {

  private static final Path DIRECTORY = Path.of("default.cluster");
  private static final int NODES = 3;
  private static final Set<String> OF_ONE = Set.of("kill", "restart");

  /**
   * Parses what follows the command.
   *
   * @param word what to do
   * @param words what follows it
   * @param knownEngines names of the storage engines
   * @throws ConfigException naming what cannot be used
   */
  static ClusterArguments parse(String word, List<String> words, Set<String> knownEngines) {
    Reader reader = new Reader(words);
    ClusterArguments read = reader.read(word);
    for (String engine : read.engines) {
      if (!knownEngines.contains(engine)) {
        throw ConfigException.rule(
            "storage-engine", engine, "must be one of " + String.join(", ", knownEngines));
      }
    }
    if (OF_ONE.contains(word) && read.number == 0) {
      throw ConfigException.usage("cluster " + word + " needs the number of a member");
    }
    return read;
  }

  /** What is added to every port of a cluster that is new. */
  int portOffsetOfNew() {
    return portOffset == null ? 0 : portOffset;
  }

  /** An engine for each member: what was asked for, repeated where one stands for all. */
  List<String> enginesOfAll(String otherwise) {
    int size = nodes != 0 ? nodes : engines.size() > 1 ? engines.size() : NODES;
    if (engines.size() <= 1) {
      return Collections.nCopies(size, engines.isEmpty() ? otherwise : engines.get(0));
    }
    if (engines.size() != size) {
      throw ConfigException.of(
          "storage-engine: " + engines.size() + " engines for " + size + " members");
    }
    return engines;
  }

  /** Takes the words one after the other. */
  private static final class Reader {
    private final List<String> words;
    private int next;
    private int number;
    private Path directory = DIRECTORY;
    private int nodes;
    private List<String> engines = List.of();
    private @Nullable Integer portOffset;
    private List<String> flags = List.of();

    Reader(List<String> words) {
      this.words = words;
    }

    ClusterArguments read(String word) {
      while (next < words.size()) {
        take(word, words.get(next++));
      }
      return new ClusterArguments(word, number, directory, nodes, engines, portOffset, flags);
    }

    private void take(String command, String word) {
      if (word.equals("--")) {
        flags = new ArrayList<>(words.subList(next, words.size()));
        next = words.size();
        return;
      }
      if (!word.startsWith("-")) {
        if (!OF_ONE.contains(command) || number != 0) {
          throw ConfigException.of("unexpected argument " + word + "; see mooring --help");
        }
        number = number("member", word, 1, LocalCluster.MAX_MEMBERS);
        return;
      }
      int equals = word.indexOf('=');
      String name =
          word.substring(word.startsWith("--") ? 2 : 1, equals < 0 ? word.length() : equals);
      String inline = equals < 0 ? null : word.substring(equals + 1);
      switch (name) {
        case "nodes" -> nodes = number(name, value(name, inline), 1, LocalCluster.MAX_MEMBERS);
        case "storage-engine" -> engines = List.of(value(name, inline).split(",", -1));
        case "dir" -> directory = Path.of(value(name, inline));
        case "port-offset" -> portOffset = number(name, value(name, inline), 0, 2_000);
        default -> throw ConfigException.usage("unknown flag --" + name + " (see mooring --help)");
      }
    }

    private String value(String name, @Nullable String inline) {
      if (inline != null) {
        return inline;
      }
      if (next == words.size()) {
        throw ConfigException.usage("flag --" + name + " needs a value");
      }
      return words.get(next++);
    }

    private static int number(String name, String text, int min, int max) {
      try {
        int number = Integer.parseInt(text);
        if (number >= min && number <= max) {
          return number;
        }
      } catch (NumberFormatException e) {
        // Said below.
      }
      throw ConfigException.rule(name, text, "must be a number from " + min + " to " + max);
    }
  }
}
