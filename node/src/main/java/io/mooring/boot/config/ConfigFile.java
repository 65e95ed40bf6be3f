package io.mooring.boot.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * The configuration file: YAML or JSON, flag names as keys. It cannot name Java types, repeat a
 * key, expand aliases or be large.
 */
final class ConfigFile {

  static final int MAX_BYTES = 1 << 20;
  private static final int MAX_DEPTH = 8;

  /** Blocks of etcd's file format, with the prefix that their keys have as flags. */
  private static final Map<String, String> BLOCKS =
      Map.of(
          "client-transport-security", "",
          "peer-transport-security", "peer-",
          "socket-options", "socket-");

  /** Keys inside blocks whose flag is not prefix plus key. */
  private static final Map<String, String> IN_BLOCK =
      Map.of(
          "client-transport-security.allowed-cn", "peer-cert-allowed-cn",
          "client-transport-security.allowed-hostname", "client-cert-allowed-hostname",
          "client-transport-security.skip-client-san-verification",
              "peer-skip-client-san-verification",
          "peer-transport-security.client-cert-auth", "peer-client-cert-auth",
          "peer-transport-security.allowed-cn", "peer-cert-allowed-cn",
          "peer-transport-security.allowed-hostname", "peer-cert-allowed-hostname");

  private ConfigFile() {}

  /**
   * Reads a file into values by flag name.
   *
   * @param notes takes what is accepted without effect
   * @throws ConfigException with one line that names the file
   */
  static Map<String, String> read(Path path, List<String> notes) {
    Map<String, String> values = new LinkedHashMap<>();
    Object root = parse(path, readBounded(path));
    if (root == null || root.equals("")) {
      return values;
    }
    if (!(root instanceof Map<?, ?> map)) {
      throw refuse(path, "must be a mapping of flag names to values");
    }
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String key = String.valueOf(entry.getKey());
      if (entry.getValue() instanceof Map<?, ?> block && BLOCKS.containsKey(key)) {
        for (Map.Entry<?, ?> inner : block.entrySet()) {
          String innerKey = String.valueOf(inner.getKey());
          String flag = IN_BLOCK.getOrDefault(key + "." + innerKey, BLOCKS.get(key) + innerKey);
          put(path, key + "." + innerKey, flag, inner.getValue(), values, notes);
        }
      } else {
        put(path, key, key, entry.getValue(), values, notes);
      }
    }
    return values;
  }

  private static void put(
      Path path,
      String key,
      String name,
      @Nullable Object value,
      Map<String, String> values,
      List<String> notes) {
    if (name.startsWith("experimental-")) {
      notes.add(name + " is accepted and has no effect: no such part here");
      return;
    }
    if (name.equals("config-file")) {
      throw refuse(path, "config-file cannot be set in a file");
    }
    if (FlagCatalogue.instance().find(name) == null) {
      String hint = Nearest.hint(name, FlagCatalogue.instance().names(), "");
      throw refuse(path, "unknown key " + Quote.of(key) + hint);
    }
    String text = text(path, key, value);
    if (!text.isEmpty()) {
      values.put(name, text);
    }
  }

  private static String text(Path path, String key, @Nullable Object value) {
    if (value == null || value.equals("~") || value.equals("null")) {
      return "";
    }
    if (value instanceof List<?> list) {
      StringJoiner joined = new StringJoiner(",");
      for (Object item : list) {
        if (!(item instanceof String)) {
          throw refuse(path, key + " must be a list of texts");
        }
        joined.add((String) item);
      }
      return joined.toString();
    }
    if (!(value instanceof String)) {
      throw refuse(path, key + " must be one value or a list");
    }
    return (String) value;
  }

  private static @Nullable Object parse(Path path, String text) {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    options.setAllowRecursiveKeys(false);
    options.setMaxAliasesForCollections(0);
    options.setNestingDepthLimit(MAX_DEPTH);
    options.setCodePointLimit(MAX_BYTES);
    DumperOptions dumper = new DumperOptions();
    Yaml yaml =
        new Yaml(
            new SafeConstructor(options),
            new Representer(dumper),
            dumper,
            options,
            new PlainResolver());
    try {
      return yaml.load(text);
    } catch (MarkedYAMLException e) {
      String place = e.getProblemMark() == null ? "" : "line " + (e.getProblemMark().getLine() + 1);
      throw refuse(path, place + ": " + firstLine(e.getProblem()));
    } catch (YAMLException e) {
      throw refuse(path, firstLine(e.getMessage()));
    }
  }

  private static String readBounded(Path path) {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw refuse(path, "must not be larger than " + MAX_BYTES + " bytes");
      }
      return StandardCharsets.UTF_8.newDecoder().decode(java.nio.ByteBuffer.wrap(bytes)).toString();
    } catch (NoSuchFileException e) {
      throw refuse(path, "no such file");
    } catch (CharacterCodingException e) {
      throw refuse(path, "must be UTF-8 text");
    } catch (IOException e) {
      throw refuse(path, "cannot be read: " + e.getMessage());
    }
  }

  private static String firstLine(@Nullable String message) {
    return message == null ? "not valid YAML" : message.lines().findFirst().orElse("").strip();
  }

  private static ConfigException refuse(Path path, String rule) {
    return ConfigException.rule("config-file", path.toString(), rule);
  }

  /** Leaves every plain scalar a text: what a value means is decided by its flag. */
  private static final class PlainResolver extends Resolver {
    @Override
    protected void addImplicitResolvers() {}
  }
}
