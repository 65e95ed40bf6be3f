package io.mooring.boot.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The command line, read as Go's flag package reads it: {@code --x v}, {@code --x=v}, the same with
 * one dash, and switches, which take a value only behind "=". By hand: a parsing library would be a
 * tenth of the time that a start takes.
 */
public final class CommandLineParser {

  private static final String IGNORED_PREFIX = "experimental-";

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

  private final List<String> words;
  private final Map<String, String> flags = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();
  private Action action = Action.START;
  private int next;

  private CommandLineParser(List<String> words) {
    this.words = words;
  }

  /**
   * Parses arguments.
   *
   * @throws ConfigException for what cannot be parsed (exit code 2) and stray words (1)
   */
  public static Parsed parse(String... args) {
    CommandLineParser parser = new CommandLineParser(List.of(args));
    if (args.length > 0 && args[0].equals("start")) {
      parser.next++;
    }
    while (parser.next < args.length) {
      parser.flag(args[parser.next++]);
    }
    return new Parsed(parser.action, parser.flags, parser.notes);
  }

  private void flag(String word) {
    if (!word.startsWith("-") || word.equals("-") || word.equals("--")) {
      throw ConfigException.of("unexpected argument " + Quote.of(word) + "; see mooring --help");
    }
    String body = word.substring(word.startsWith("--") ? 2 : 1);
    int equals = body.indexOf('=');
    String name = equals < 0 ? body : body.substring(0, equals);
    Flag flag = FlagCatalogue.instance().find(name);
    if (flag != null) {
      flags.put(name, equals < 0 ? value(flag) : body.substring(equals + 1));
      return;
    }
    switch (name) {
      case "help", "h" -> action = Action.HELP;
      case "version" -> action = action == Action.HELP ? action : Action.VERSION;
      default -> unknown(name, equals < 0);
    }
  }

  /** The value of a flag that has none in its own word. */
  private String value(Flag flag) {
    if (flag.kind() == Flag.Kind.SWITCH) {
      return "true";
    }
    if (next == words.size()) {
      throw ConfigException.usage("flag --" + flag.name() + " needs a value");
    }
    return words.get(next++);
  }

  private void unknown(String name, boolean mayTakeNext) {
    if (!name.startsWith(IGNORED_PREFIX)) {
      String hint = Nearest.hint(name, FlagCatalogue.instance().names(), "--");
      throw ConfigException.usage(
          "unknown flag " + Quote.of("--" + name) + hint + " (see mooring --help)");
    }
    notes.add(name + " is accepted and has no effect: no such part here");
    if (mayTakeNext && next < words.size() && !words.get(next).startsWith("-")) {
      next++;
    }
  }
}
