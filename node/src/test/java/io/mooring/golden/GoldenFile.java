package io.mooring.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A test as a readable transcript: blocks of command lines, a line of dashes, and the output that
 * is expected, separated by empty lines. Lines that begin with {@code #} before a block are
 * comments. With {@code -Dgolden.rewrite=true} the output is written instead of compared; the diff
 * is then what gets reviewed.
 */
public final class GoldenFile {

  private static final String DASHES = "----";
  private static final Path ROOT = Path.of("src/test/resources");

  private GoldenFile() {}

  /** All transcripts in a folder below the test resources, in order of their names. */
  public static List<Path> in(String folder) {
    try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
      return files.filter(file -> file.toString().endsWith(".txt")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Plays a transcript.
   *
   * @param play takes one command line, returns its output: lines that end with a line break, or
   *     nothing
   */
  public static void check(Path file, Function<String, String> play) {
    try {
      String expected = Files.readString(file);
      String actual = replay(expected, play);
      if (Boolean.getBoolean("golden.rewrite")) {
        Files.writeString(file, actual);
      } else {
        assertThat(actual).as(file.getFileName().toString()).isEqualTo(expected);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String replay(String text, Function<String, String> play) {
    StringBuilder out = new StringBuilder();
    List<String> commands = new ArrayList<>();
    boolean inOutput = false;
    for (String line : text.lines().toList()) {
      if (inOutput) {
        inOutput = !line.isEmpty();
        if (!inOutput) {
          out.append('\n');
        }
      } else if (line.startsWith("#") || line.isEmpty()) {
        runBlock(out, commands, play);
        out.append(line).append('\n');
      } else if (line.equals(DASHES)) {
        runBlock(out, commands, play);
        inOutput = true;
      } else {
        commands.add(line);
      }
    }
    runBlock(out, commands, play);
    return out.toString();
  }

  private static void runBlock(
      StringBuilder out, List<String> commands, Function<String, String> play) {
    if (commands.isEmpty()) {
      return;
    }
    commands.forEach(command -> out.append(command).append('\n'));
    StringBuilder output = new StringBuilder();
    commands.forEach(command -> output.append(play.apply(command)));
    if (output.length() > 0) {
      out.append(DASHES).append('\n').append(output);
    }
    commands.clear();
  }
}
