package io.mooring.it;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Real {@code etcdctl}, as a user types it; skips the test, by name, where it is absent. */
public final class Etcdctl {

  private static final long LIMIT_SECONDS = 60;

  private final Path program;
  private final String endpoints;

  Etcdctl(int clientPort) {
    this(List.of(clientPort));
  }

  /** One that knows several members. */
  public Etcdctl(List<Integer> clientPorts) {
    this.program = Tools.need("etcdctl", "etcd-client");
    this.endpoints =
        clientPorts.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
  }

  /**
   * What a command printed.
   *
   * @param lines of its output, then of its errors, without its own log
   */
  public record Printed(int exitCode, List<String> lines) {
    /** All of it. */
    public String text() {
      return String.join("\n", lines);
    }
  }

  /** Runs a command to its end. */
  public Printed run(String... arguments) {
    return run("", List.of(arguments));
  }

  /** Runs a command to its end, with an input. */
  Printed run(String input, List<String> arguments) {
    try (Running running = start(arguments)) {
      running.type(input);
      running.endInput();
      return new Printed(running.awaitEnd(), running.lines());
    }
  }

  /** Starts a command that goes on by itself. */
  Running start(List<String> arguments) {
    List<String> command = new ArrayList<>(List.of(program.toString(), "--endpoints=" + endpoints));
    command.addAll(arguments);
    try {
      Path output = Files.createTempFile("etcdctl", ".out");
      Path errors = Files.createTempFile("etcdctl", ".err");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectOutput(output.toFile())
              .redirectError(errors.toFile());
      builder.environment().keySet().removeIf(name -> name.startsWith("ETCDCTL_"));
      return new Running(builder.start(), output, errors);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A command that runs. */
  static final class Running implements AutoCloseable {
    private final Process process;
    private final BufferedWriter input;
    private final Path output;
    private final Path errors;

    private Running(Process process, Path output, Path errors) {
      this.process = process;
      this.input = process.outputWriter(StandardCharsets.UTF_8);
      this.output = output;
      this.errors = errors;
    }

    /** Writes to its input. */
    void type(String text) {
      try {
        input.write(text);
        input.flush();
      } catch (IOException ended) {
        // It has ended without reading; what it printed tells the rest.
      }
    }

    void endInput() {
      try {
        input.close();
      } catch (IOException ended) {
        // as above
      }
    }

    /** What it has printed so far. */
    List<String> lines() {
      try {
        List<String> lines = new ArrayList<>(Files.readAllLines(output));
        Files.readAllLines(errors).stream()
            .filter(line -> !line.startsWith("{\"level\""))
            .forEach(lines::add);
        return lines;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    int awaitEnd() {
      try {
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
          throw new IllegalStateException("etcdctl does not end: " + lines());
        }
        return process.exitValue();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    /** Asks it to stop, as Ctrl-C does, and waits until it has. */
    void interrupt() {
      // Not by the process itself: that closes its input too, and it may see that end first.
      process.toHandle().destroy();
      awaitEnd();
    }

    @Override
    public void close() {
      process.destroyForcibly();
      awaitEnd();
      try {
        Files.deleteIfExists(output);
        Files.deleteIfExists(errors);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
