package io.mooring.tidy;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** What a source file may not contain, and how long its parts may be. */
final class SourceRules {

  static final int MAX_FILE_LINES = 500;
  static final int MAX_FUNCTION_LINES = 60;
  static final int MAX_COLUMNS = 100;

  /**
   * A banned piece of code.
   *
   * @param pattern as written
   * @param instead what to use
   * @param allowed files that may, by a pattern of their path
   */
  private record Ban(Pattern pattern, String instead, Pattern allowed) {
    static Ban of(String pattern, String instead, String allowed) {
      return new Ban(Pattern.compile(pattern), instead, Pattern.compile(allowed));
    }
  }

  private static final String NOWHERE = "(?!)";
  private static final String TESTS = "/src/test/|^bench/";
  private static final String NOT_NODE = "^(?!node/src/main/)";

  private static final List<Ban> BANS =
      List.of(
          Ban.of(
              "currentTimeMillis|Instant\\.now\\(|Clock\\.system",
              "Loop.nowNs, or a time that is passed in",
              "/io/mooring/(loop|boot)/|" + TESTS),
          Ban.of(
              "nanoTime\\(",
              "Loop.nowNs, or a time that is passed in",
              "^(?!node/.*/(raft/core|machine|apply|log|watch|duty|service)/)"),
          Ban.of("new Random\\(\\)|Math\\.random|ThreadLocalRandom", "a seed", NOWHERE),
          Ban.of(
              "Thread\\.sleep|TimeUnit\\.\\w+\\.sleep", "a latch, Awaitility, a clock", "^bench/"),
          Ban.of("System\\.(out|err)\\b", "the log", "/boot/Main\\.java$|" + TESTS),
          Ban.of(
              "(?<!currentThread\\(\\))\\.(interrupt|shutdownNow)\\(\\)",
              "nobody's: an interrupt closes a file channel for everyone; end tasks by a flag",
              TESTS),
          Ban.of("printStackTrace\\(", "the log", NOWHERE),
          Ban.of("\\.executeBlocking\\(|eventBus\\(\\)", "Readers, or a Mailbox", NOWHERE),
          Ban.of(
              "\\bsynchronized\\b|ReentrantLock|ReadWriteLock",
              "confinement to one loop",
              "/io/mooring/(loop|log)/|" + NOT_NODE),
          Ban.of("\\.parallelStream\\(|ForkJoinPool", "one loop", NOWHERE),
          Ban.of("com\\.google\\.common|org\\.mockito|lombok\\.", "plain Java", NOWHERE),
          Ban.of("(TODO|FIXME|XXX)(?! ?#[0-9])", "an issue number behind it, or do it", NOWHERE));

  private SourceRules() {}

  /**
   * Faults, one line each.
   *
   * @param texts by path from the root
   */
  static List<String> check(Map<String, String> texts) {
    List<String> faults = new ArrayList<>();
    texts.forEach((name, text) -> checkText(name, text, faults));
    longFunctions(texts, faults);
    return faults;
  }

  private static void checkText(String name, String text, List<String> faults) {
    String[] lines = text.split("\n", -1);
    if (lines.length - 1 > MAX_FILE_LINES) {
      faults.add(name + ": " + (lines.length - 1) + " lines, the limit is " + MAX_FILE_LINES);
    }
    for (int i = 0; i < lines.length; i++) {
      // An import has one form only, and an address cannot be broken.
      boolean cannotBreak = lines[i].startsWith("import ") || lines[i].contains("http");
      if (lines[i].length() > MAX_COLUMNS && !cannotBreak) {
        faults.add(name + ":" + (i + 1) + ": over " + MAX_COLUMNS + " columns");
      }
    }
    String code = withoutStrings(text);
    for (Ban ban : BANS) {
      if (!ban.allowed().matcher(name).find()) {
        Matcher matcher = ban.pattern().matcher(code);
        while (matcher.find()) {
          long line = code.substring(0, matcher.start()).lines().count();
          faults.add(
              name + ":" + line + ": " + matcher.group() + " is banned: use " + ban.instead());
        }
      }
    }
  }

  /** The text with the insides of string literals blanked, so that data is not taken for code. */
  private static String withoutStrings(String text) {
    Matcher matcher = Pattern.compile("\"(?:\\\\.|[^\"\\\\\n])*\"").matcher(text);
    return matcher.replaceAll(found -> "\"" + " ".repeat(found.group().length() - 2) + "\"");
  }

  /** One compiler for all files: starting one costs more than parsing a hundred. */
  private static void longFunctions(Map<String, String> texts, List<String> faults) {
    List<Source> sources = new ArrayList<>();
    texts.forEach((name, text) -> sources.add(new Source(name, text)));
    JavacTask task =
        (JavacTask)
            ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, diagnostic -> {}, List.of(), null, sources);
    try {
      SourcePositions positions = Trees.instance(task).getSourcePositions();
      for (CompilationUnitTree unit : task.parse()) {
        new FunctionScanner(unit, positions, faults).scan(unit, null);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String name, String text) {
      super(URI.create("string:///" + name), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  private static final class FunctionScanner extends TreeScanner<Void, Void> {
    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final List<String> faults;

    FunctionScanner(CompilationUnitTree unit, SourcePositions positions, List<String> faults) {
      this.unit = unit;
      this.positions = positions;
      this.faults = faults;
    }

    @Override
    public Void visitMethod(MethodTree method, Void nothing) {
      if (method.getBody() != null) {
        LineMap map = unit.getLineMap();
        long first = map.getLineNumber(positions.getStartPosition(unit, method.getBody()));
        long last = map.getLineNumber(positions.getEndPosition(unit, method.getBody()));
        long lines = last - first + 1;
        if (lines > MAX_FUNCTION_LINES) {
          String name = unit.getSourceFile().toUri().getPath().substring(1);
          faults.add(
              "%s:%d: %s has %d lines, the limit is %d"
                  .formatted(name, first, method.getName(), lines, MAX_FUNCTION_LINES));
        }
      }
      return super.visitMethod(method, nothing);
    }
  }
}
