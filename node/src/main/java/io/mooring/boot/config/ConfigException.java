package io.mooring.boot.config;

/** A setting that cannot be used. Its message is the one line that the user sees. */
public final class ConfigException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int exitCode;

  private ConfigException(String message, int exitCode) {
    super(message, null, false, false);
    this.exitCode = exitCode;
  }

  /** A value against its rule: key, value, rule. Exit code 1. */
  public static ConfigException rule(String key, String value, String rule) {
    return new ConfigException(key + ": " + Quote.of(value) + ": " + rule, 1);
  }

  /** Any other fault of the settings. Exit code 1. */
  public static ConfigException of(String message) {
    return new ConfigException(message, 1);
  }

  /** A command line that cannot be parsed. Exit code 2, as etcd has it. */
  public static ConfigException usage(String message) {
    return new ConfigException(message, 2);
  }

  /** What the process exits with. */
  public int exitCode() {
    return exitCode;
  }
}
