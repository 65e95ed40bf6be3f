package io.mooring.boot.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The command line: {@code --x v}, {@code --x=v}, and the same with one dash. */
public final class CommandLineParser {

  /** What the user asked for. */
  public enum Action {
    START,
    HELP,
    VERSION
  }

  /**
   * The parsed command line.
   *
   * @param action what to do
   * @param flags values by flag name; the last one wins when a flag is repeated
   * @param notes flags that were accepted and have no effect
   */
  public record Parsed(Action action, Map<String, String> flags, List<String> notes) {}

  private CommandLineParser() {}

  /**
   * Parses arguments.
   *
   * @throws ConfigException for what cannot be parsed (exit code 2) and stray words (1)
   */
  public static Parsed parse(String... args) {
    List<String> words = new ArrayList<>(List.of(args));
    if (!words.isEmpty() && words.get(0).equals("start")) {
      words.remove(0);
    }
    CommandLine commandLine = new CommandLine(spec());
    commandLine.setOverwrittenOptionsAllowed(true);
    commandLine.setUnmatchedArgumentsAllowed(true);
    commandLine.setUnmatchedOptionsArePositionalParams(false);
    commandLine.setPosixClusteredShortOptionsAllowed(false);
    commandLine.setExpandAtFiles(false);
    commandLine.setTrimQuotes(false);
    ParseResult result;
    try {
      result = commandLine.parseArgs(words.toArray(String[]::new));
    } catch (ParameterException e) {
      String message = String.valueOf(e.getMessage());
      throw ConfigException.usage(message.lines().findFirst().orElse("bad command line"));
    }
    List<String> notes = new ArrayList<>();
    refuseUnknown(result, notes);
    if (result.hasMatchedOption("--help")) {
      return new Parsed(Action.HELP, Map.of(), notes);
    }
    if (result.hasMatchedOption("--version")) {
      return new Parsed(Action.VERSION, Map.of(), notes);
    }
    Map<String, String> flags = new LinkedHashMap<>();
    for (OptionSpec option : result.matchedOptions()) {
      String value = option.getValue();
      flags.put(option.longestName().substring(2), value);
    }
    return new Parsed(Action.START, flags, notes);
  }

  private static CommandSpec spec() {
    CommandSpec spec = CommandSpec.create().name("mooring");
    spec.addOption(OptionSpec.builder("--help", "-help", "-h").arity("0").build());
    spec.addOption(OptionSpec.builder("--version", "-version").arity("0").build());
    for (Flag flag : FlagCatalogue.instance().all()) {
      OptionSpec.Builder option =
          OptionSpec.builder("--" + flag.name(), "-" + flag.name()).type(String.class);
      if (flag.kind() == Flag.Kind.SWITCH) {
        // Go's switches take a value only behind "=", so a following word is not theirs.
        option.arity("0..1").fallbackValue("true");
      } else {
        option.arity("1");
      }
      spec.addOption(option.build());
    }
    return spec;
  }

  private static void refuseUnknown(ParseResult result, List<String> notes) {
    List<String> unmatched = result.unmatched();
    for (int i = 0; i < unmatched.size(); i++) {
      String word = unmatched.get(i);
      if (!word.startsWith("-")) {
        throw ConfigException.of("unexpected argument " + Quote.of(word) + "; see mooring --help");
      }
      String name = word.replaceFirst("^--?", "").replaceFirst("(?s)=.*$", "");
      if (!name.startsWith("experimental-")) {
        String hint = Nearest.hint(name, FlagCatalogue.instance().names(), "--");
        throw ConfigException.usage(
            "unknown flag " + Quote.of("--" + name) + hint + " (see mooring --help)");
      }
      notes.add(name + " is accepted and has no effect: no such part here");
      boolean valueFollows =
          !word.contains("=") && i + 1 < unmatched.size() && !unmatched.get(i + 1).startsWith("-");
      i += valueFollows ? 1 : 0;
    }
  }
}
