package io.mooring.boot;

import io.mooring.boot.config.CommandLineParser;
import io.mooring.boot.config.CommandLineParser.Parsed;
import io.mooring.boot.config.ConfigException;
import io.mooring.boot.config.ConfigReader;
import io.mooring.boot.config.Help;
import io.mooring.boot.config.NodeConfig;
import io.mooring.boot.config.Settings;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program: settings, logging, one {@link Node}, signals, exit codes. */
public final class Main {

  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private static final PrintStream ERR = new PrintStream(System.err, true, StandardCharsets.UTF_8);

  private Main() {}

  /** Runs a member until a signal or a fatal fault. */
  public static void main(String[] args) {
    StartClock.begin();
    int exitCode = run(args);
    if (exitCode >= 0) {
      OUT.flush();
      ERR.flush();
      // Whatever thread a failed start has left behind must not keep the process.
      Runtime.getRuntime().halt(exitCode);
    }
  }

  /** Returns an exit code, or -1 while a member is running. */
  private static int run(String[] args) {
    try {
      if (args.length == 2 && args[0].equals(Rehearsal.WORD)) {
        Rehearsal.run(Path.of(args[1]));
        return 0;
      }
      Parsed parsed = CommandLineParser.parse(args);
      return switch (parsed.action()) {
        case HELP -> print(Help.text());
        case VERSION -> print(versions());
        case START -> start(parsed);
      };
    } catch (ConfigException e) {
      ERR.println("mooring: " + e.getMessage());
      return e.exitCode();
    } catch (StartException e) {
      ERR.println("mooring: " + e.getMessage());
      return 1;
    }
  }

  private static int start(Parsed parsed) {
    Engines engines = Engines.find();
    Settings settings = Settings.resolve(parsed.flags(), System.getenv());
    NodeConfig config = ConfigReader.read(settings, engines.names());
    List<String> notes = new ArrayList<>(parsed.notes());
    notes.addAll(settings.notes());
    MemberProcess.run(config, notes, ERR);
    return -1;
  }

  private static int print(String text) {
    OUT.print(text);
    return 0;
  }

  private static String versions() {
    return """
    Mooring Version: %s
    etcd Version: %s
    Storage engines: %s
    Java Version: %s
    OS/Arch: %s/%s
    """
        .formatted(
            Version.MOORING,
            Version.ETCD,
            String.join(", ", Engines.find().names()),
            System.getProperty("java.version"),
            System.getProperty("os.name").toLowerCase(java.util.Locale.ROOT),
            System.getProperty("os.arch"));
  }
}
