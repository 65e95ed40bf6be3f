package io.mooring.boot.config;

/**
 * A value and where it came from.
 *
 * @param flag which flag
 * @param value as written, never null
 * @param source the layer
 * @param origin how to name the place to a user, such as {@code flag --name}
 */
record Setting(Flag flag, String value, Source source, String origin) {

  /** Layers, the strongest first. */
  enum Source {
    FLAG,
    ENVIRONMENT,
    FILE,
    DEFAULT
  }

  /** A fault of this value: key, value, rule, and where it was set. */
  ConfigException refuse(String rule) {
    String place = source == Source.DEFAULT ? "" : " (" + origin + ")";
    return ConfigException.rule(flag.name(), value, rule + place);
  }
}
