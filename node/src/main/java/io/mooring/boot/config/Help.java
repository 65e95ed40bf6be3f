package io.mooring.boot.config;

import io.mooring.boot.config.Flag.Group;
import io.mooring.boot.config.Flag.Treatment;

/** The text of {@code --help}: complete, from the catalogue. */
public final class Help {

  private static final int HELP_COLUMN = 48;
  private static final int WIDTH = 100;

  private Help() {}

  /** The whole text, with a newline at its end. */
  public static String text() {
    StringBuilder out = new StringBuilder();
    out.append(
        """
        Usage: mooring [start] [flags]
               mooring cluster start|status|stop|kill N|restart N [cluster flags]
               mooring demo [cluster flags]

        Starts one member of a strongly consistent key-value store that speaks etcd's v3 API.

        cluster runs several members on this machine, each a process of its own, for trying things
        out: clients on 2379, 22379, 32379, members on 12380, 22380, 32380. kill ends a member as a
        power cut would. demo runs them all in one process, with a service registry in use, and
        leaves nothing behind. Cluster flags:
            --nodes N              how many members, 1 to 6 [3]
            --storage-engine X     one for all, or a list with one for each member
            --dir DIRECTORY        where the cluster is [default.cluster]
            --port-offset N        added to every port [0]
            -- FLAGS               flags below, for every member

        Each flag is written --flag value, --flag=value, or with one dash. It can also be set by an
        environment variable, MOORING_ or ETCD_ and the name in capitals (MOORING_DATA_DIR), or as a
        key of the file named by --config-file. A flag wins over the environment, the environment
        over the file, the file over the default.

        Flags marked * are accepted for etcd's sake and have no effect. Flags marked - take only
        their default in this version.
        """);
    for (Group group : Group.values()) {
      out.append('\n').append(group.title()).append(":\n");
      for (Flag flag : FlagCatalogue.instance().all()) {
        if (flag.group() == group) {
          append(out, flag);
        }
      }
    }
    out.append(
        """

        Other flags:
          -h, --help      print this text
              --version   print the versions

        Exit codes: 0 clean stop, 1 a word, setting, address or directory that cannot be used, 2 a
        flag that cannot be parsed, or a defect. SIGTERM, SIGINT and SIGHUP stop it cleanly.
        """);
    return out.toString();
  }

  private static void append(StringBuilder out, Flag flag) {
    char mark =
        switch (flag.treatment()) {
          case HONOURED -> ' ';
          case NOTED -> '*';
          case DEFAULT_ONLY -> '-';
        };
    int start = out.length();
    out.append("  ").append(mark).append(" --").append(flag.name());
    out.append(' ').append(flag.kind().label());
    do {
      out.append(' ');
    } while (out.length() - start < HELP_COLUMN);
    append(out, flag.help(), start);
    if (!flag.defaultValue().isEmpty() && flag.treatment() != Treatment.NOTED) {
      append(out, "[" + flag.defaultValue() + "]", start);
    }
    out.append('\n');
  }

  /** Appends words, going on below the help column where a line would be too long. */
  private static void append(StringBuilder out, String words, int lineStart) {
    int begin = lineStart;
    for (String word : words.split(" ")) {
      begin = Math.max(begin, out.lastIndexOf("\n") + 1);
      if (out.length() - begin + word.length() + 1 > WIDTH) {
        out.append('\n').append(" ".repeat(HELP_COLUMN - 1));
      }
      if (out.charAt(out.length() - 1) != ' ' || out.length() - begin != HELP_COLUMN) {
        out.append(' ');
      }
      out.append(word);
    }
  }
}
