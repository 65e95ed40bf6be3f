package io.mooring.boot.config;

import java.util.Locale;

/**
 * One setting as users know it.
 *
 * @param name etcd's flag name, or our own where etcd has none
 * @param kind the shape of its value
 * @param defaultValue used when no layer sets it; empty for "not set"
 * @param group heading in the help
 * @param treatment what this version does with it
 * @param help one line, lower case
 */
public record Flag(
    String name, Kind kind, String defaultValue, Group group, Treatment treatment, String help) {

  /** Shapes of values, with the label that the help shows. */
  public enum Kind {
    TEXT("text"),
    NUMBER("n"),
    SWITCH("true|false"),
    DURATION("duration"),
    LIST("a,b"),
    URLS("urls"),
    FILE("file");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /** What stands for the value in help and errors. */
    public String label() {
      return label;
    }
  }

  /** Headings of the help, in its order. */
  public enum Group {
    MEMBER("Member"),
    STORAGE("Storage"),
    CLUSTER("Cluster"),
    LIMITS("Limits"),
    COMPACTION("Compaction"),
    LOGGING("Logging and metrics"),
    SECURITY("Security"),
    OTHER("Other");

    private final String title;

    Group(String title) {
      this.title = title;
    }

    /** The heading. */
    public String title() {
      return title;
    }
  }

  /** What this version does with a flag. */
  public enum Treatment {
    /** It has its effect. */
    HONOURED,
    /** It is accepted and noted once: Mooring has no such part, or always does this. */
    NOTED,
    /** Any value but the default is refused: ignoring it would break what the user relies on. */
    DEFAULT_ONLY
  }

  /** The environment variable under a prefix such as {@code ETCD_}. */
  public String variable(String prefix) {
    return prefix + name.toUpperCase(Locale.ROOT).replace('-', '_');
  }
}
