package io.mooring.tidy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which promise, invariant or bad input is proven where. Tests name ids by {@code @Covers},
 * run-time assertions by the first word of their message, a list puts the rest off with a reason.
 */
final class Coverage {

  /** How many ids there are of each kind. N ids are what is not promised: nothing to prove. */
  static final Map<String, Integer> KINDS = kinds();

  private static final String ID = "[PRSMLWJCFBOX][0-9]{1,2}";
  private static final Pattern COVERS =
      Pattern.compile(
          "@Covers\\(\\s*(?:value\\s*=\\s*)?\\{?((?:\\s*\"[^\"]*\"\\s*,?)+)\\}?\\s*\\)");
  private static final Pattern CHECK =
      Pattern.compile("Check\\.(?:that|present)\\([^;]*?\"((?:" + ID + "[ ,:]+)+)[^\"]*\"");
  private static final Pattern ONE_ID = Pattern.compile(ID);

  private Coverage() {}

  private static Map<String, Integer> kinds() {
    Map<String, Integer> kinds = new LinkedHashMap<>();
    kinds.put("P", 26);
    kinds.put("R", 29);
    kinds.put("S", 21);
    kinds.put("M", 15);
    kinds.put("L", 9);
    kinds.put("W", 7);
    kinds.put("J", 8);
    kinds.put("C", 12);
    kinds.put("F", 30);
    kinds.put("B", 96);
    kinds.put("O", 23);
    kinds.put("X", 22);
    return kinds;
  }

  /** Every id, in the order of the table. */
  static List<String> ids() {
    List<String> ids = new ArrayList<>();
    KINDS.forEach(
        (kind, count) -> {
          for (int number = 1; number <= count; number++) {
            ids.add(kind + number);
          }
        });
    return ids;
  }

  /** Names of the classes that cover each id; those that hold assertions are marked. */
  static Map<String, TreeSet<String>> covered() {
    Map<String, TreeSet<String>> covered = new TreeMap<>(byTable());
    for (Path file : Sources.javaFiles()) {
      String text = Sources.read(file);
      String name = file.getFileName().toString().replace(".java", "");
      boolean test = Sources.name(file).contains("/src/test/");
      collect(test ? COVERS : CHECK, text, test ? name : name + " (assertion)", covered);
    }
    return covered;
  }

  static void collect(
      Pattern pattern, String text, String name, Map<String, TreeSet<String>> covered) {
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      Matcher id = ONE_ID.matcher(matcher.group(1));
      while (id.find()) {
        covered.computeIfAbsent(id.group(), key -> new TreeSet<>()).add(name);
      }
    }
  }

  /** In a test's text. */
  static Map<String, TreeSet<String>> inTest(String text, String name) {
    Map<String, TreeSet<String>> covered = new TreeMap<>(byTable());
    collect(COVERS, text, name, covered);
    return covered;
  }

  /** In a main source's text. */
  static Map<String, TreeSet<String>> inMain(String text, String name) {
    Map<String, TreeSet<String>> covered = new TreeMap<>(byTable());
    collect(CHECK, text, name, covered);
    return covered;
  }

  /**
   * Reads what is put off: {@code R1 R2 F3-F7: reason}, one group a line, comments behind {@code
   * #}.
   */
  static Map<String, String> later(String text) {
    Map<String, String> later = new TreeMap<>(byTable());
    for (String line : text.lines().map(String::strip).toList()) {
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      int colon = line.indexOf(':');
      String reason = colon < 0 ? "" : line.substring(colon + 1).strip();
      if (reason.isEmpty()) {
        throw new IllegalArgumentException("no reason in: " + line);
      }
      for (String word : line.substring(0, colon).split(" +")) {
        for (String id : expand(word)) {
          if (later.put(id, reason) != null) {
            throw new IllegalArgumentException(id + " is put off twice");
          }
        }
      }
    }
    return later;
  }

  private static List<String> expand(String word) {
    String[] ends = word.split("-", -1);
    String kind = ends[0].substring(0, 1);
    int first = Integer.parseInt(ends[0].substring(1));
    int last = ends.length == 1 ? first : Integer.parseInt(ends[1].substring(1));
    List<String> ids = new ArrayList<>();
    for (int number = first; number <= last; number++) {
      ids.add(kind + number);
    }
    return ids;
  }

  /** The table as a document. */
  static String table(Map<String, TreeSet<String>> covered, Map<String, String> later) {
    StringBuilder out = new StringBuilder();
    out.append(
        """
        # Coverage of promises, invariants, faults and bad inputs

        Written by `CoverageTest` (`-Dcoverage.rewrite=true`), which fails when it is out of date.
        Tests name what they prove by `@Covers`; an assertion that runs in production names its id
        in its message.

        | id | proven by |
        |---|---|
        """);
    for (String id : ids()) {
      TreeSet<String> where = covered.get(id);
      String text = where == null ? later.getOrDefault(id, "?") : String.join(", ", where);
      out.append("| ").append(id).append(" | ").append(text).append(" |\n");
    }
    return out.toString();
  }

  private static Comparator<String> byTable() {
    return Comparator.comparing((String id) -> id.substring(0, 1))
        .thenComparing(id -> Integer.parseInt(id.substring(1)));
  }
}
