package io.mooring.boot;

import io.mooring.base.Check;
import io.mooring.boot.config.CommandLineParser;
import io.mooring.boot.config.CommandLineParser.Parsed;
import io.mooring.boot.config.ConfigException;
import io.mooring.boot.config.ConfigReader;
import io.mooring.boot.config.Flag;
import io.mooring.boot.config.FlagCatalogue;
import io.mooring.boot.config.Help;
import io.mooring.boot.config.NodeConfig;
import io.mooring.boot.config.Settings;
import io.mooring.boot.local.ClusterCommand;
import io.mooring.boot.local.Demo;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program: settings, logging, one {@link Node}, signals, exit codes. */
public final class Main {

  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private static final PrintStream ERR = new PrintStream(System.err, true, StandardCharsets.UTF_8);

  private Main() {}

  /** Runs a member until a signal or a fatal fault, or does what a first word says. */
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
      boolean local = args.length > 0 && List.of("cluster", "demo").contains(args[0]);
      if (local && (behind(args).contains("--help") || behind(args).contains("-h"))) {
        return print(Help.text());
      }
      if (local && args[0].equals("cluster")) {
        return ClusterCommand.run(
            behind(args), Engines.find().names(), defaultEngine(), javaCommand(), OUT);
      }
      if (local) {
        return demo(behind(args));
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

  private static int demo(List<String> words) {
    Demo demo =
        Demo.start(
            words,
            Engines.find().names(),
            defaultEngine(),
            config -> Logging.install(config.logs()),
            OUT);
    Runtime.getRuntime().addShutdownHook(new Thread(demo::close, "shutdown"));
    return -1;
  }

  private static List<String> behind(String[] args) {
    return List.of(args).subList(1, args.length);
  }

  private static String defaultEngine() {
    Flag flag = FlagCatalogue.instance().find("storage-engine");
    return Check.present(flag, "no flag storage-engine").defaultValue();
  }

  /** What starts this program once more: the same JVM with the same options. */
  private static List<String> javaCommand() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    return command;
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
