package io.mooring.boot.config;

import io.mooring.boot.config.Flag.Treatment;
import io.mooring.boot.config.Setting.Source;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The layers laid over each other: flag over environment over file over default. Where two layers
 * set the same flag the weaker one is noted once.
 */
public final class Settings {

  /** Prefixes of environment variables, the strongest first. */
  static final List<String> PREFIXES = List.of("MOORING_", "ETCD_");

  /** Variables with our prefix that are no settings: the launcher reads them. */
  private static final List<String> LAUNCHER_VARIABLES = List.of("MOORING_JAVA_OPTS");

  private final Map<String, Setting> byName = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();

  private Settings() {}

  /**
   * Resolves all layers.
   *
   * @param flags values from the command line, by flag name
   * @param environment the process environment
   * @throws ConfigException when the file cannot be read, or a key or value is not acceptable
   */
  public static Settings resolve(Map<String, String> flags, Map<String, String> environment) {
    Settings settings = new Settings();
    flags.forEach((name, value) -> settings.put(name, value, Source.FLAG, "flag --" + name));
    settings.addEnvironment(environment);
    Setting file = settings.byName.get("config-file");
    if (file != null && !file.value().isEmpty()) {
      ConfigFile.read(Path.of(file.value()), settings.notes)
          .forEach((name, value) -> settings.put(name, value, Source.FILE, file.value()));
    }
    settings.judge();
    return settings;
  }

  /** The effective setting of a flag. */
  Setting get(String name) {
    Setting setting = byName.get(name);
    if (setting != null) {
      return setting;
    }
    Flag flag = FlagCatalogue.instance().find(name);
    if (flag == null) {
      throw new IllegalArgumentException("no flag " + name);
    }
    return new Setting(flag, flag.defaultValue(), Source.DEFAULT, "default");
  }

  /** Whether some layer sets a flag, even to its default. */
  boolean isSet(String name) {
    return byName.containsKey(name);
  }

  /** What the user should hear once: shadowed values, ignored flags, unknown variables. */
  public List<String> notes() {
    return List.copyOf(notes);
  }

  private void addEnvironment(Map<String, String> environment) {
    Map<String, String> sorted = new TreeMap<>(environment);
    for (String prefix : PREFIXES) {
      for (Flag flag : FlagCatalogue.instance().all()) {
        String variable = flag.variable(prefix);
        String value = sorted.remove(variable);
        if (value != null && !value.isEmpty()) {
          put(flag.name(), value, Source.ENVIRONMENT, "environment " + variable);
        }
      }
    }
    // Unknown ones are only noted: orchestrators inject names like ETCD_PORT for a service "etcd".
    for (String variable : sorted.keySet()) {
      if (PREFIXES.stream().anyMatch(variable::startsWith)
          && !LAUNCHER_VARIABLES.contains(variable)) {
        notes.add("unknown environment variable " + variable + " is ignored");
      }
    }
  }

  private void put(String name, String value, Source source, String origin) {
    Flag flag = FlagCatalogue.instance().find(name);
    if (flag == null) {
      throw new IllegalArgumentException("no flag " + name);
    }
    Setting weaker = new Setting(flag, value, source, origin);
    @Nullable Setting stronger = byName.putIfAbsent(name, weaker);
    if (stronger != null) {
      notes.add(origin + " is shadowed by " + stronger.origin() + " for " + name);
    }
  }

  /** Refuses and notes what this version does not do. */
  private void judge() {
    for (Setting setting : byName.values()) {
      Flag flag = setting.flag();
      shape(setting);
      boolean standing = setting.value().equals(flag.defaultValue());
      if (flag.treatment() == Treatment.DEFAULT_ONLY && !standing) {
        String standingText =
            flag.defaultValue().isEmpty() ? "leave it unset" : "only " + flag.defaultValue();
        throw setting.refuse("not supported by this version, " + standingText);
      }
      if (flag.treatment() == Treatment.NOTED) {
        notes.add(flag.name() + " is accepted and has no effect: " + flag.help());
      }
    }
  }

  /** A flag without effect still refuses a value of the wrong shape, as it will once it has one. */
  private static void shape(Setting setting) {
    switch (setting.flag().kind()) {
      case NUMBER -> Numbers.whole(setting);
      case DURATION -> Numbers.durationNs(setting);
      case SWITCH -> {
        if (!setting.value().equals("true") && !setting.value().equals("false")) {
          throw setting.refuse("must be true or false");
        }
      }
      case TEXT, LIST, URLS, FILE -> {}
    }
  }
}
