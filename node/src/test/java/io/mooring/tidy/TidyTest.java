package io.mooring.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.mooring.api.testing.Covers;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Style as a test; the checker is itself tested on pieces that break each rule. */
class TidyTest {

  @BeforeAll
  static void readOnlyOurClasses() {
    ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
  }

  @Test
  @Covers({"J2", "J7"})
  void sourcesKeepTheRules() {
    Map<String, String> texts = new TreeMap<>();
    Sources.javaFiles().forEach(file -> texts.put(Sources.name(file), Sources.read(file)));
    assertThat(SourceRules.check(texts)).isEmpty();
  }

  @Test
  void packagesKnowOnlyWhatTheyMay() {
    Pattern generatedOrTest = Pattern.compile("/io/mooring/api/(\\w+pb|health|testing)/");
    JavaClasses classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !generatedOrTest.matcher(location.toString()).find())
            .importPackages("io.mooring");
    assertThat(classes).hasSizeGreaterThan(50);
    assertThat(ImportRules.violations(classes, ImportRules.TABLE)).isEmpty();
  }

  @Test
  void theImportCheckerFindsWhatIsForbidden() {
    JavaClasses sample = new ClassFileImporter().importClasses(KnowsRandom.class);
    ImportRules.Row never = ImportRules.Row.never("io.mooring.tidy..", "java.util.Random");
    ImportRules.Row only = ImportRules.Row.only("io.mooring.tidy..", "java.lang..");
    assertThat(ImportRules.violations(sample, List.of(never))).hasSize(1);
    assertThat(ImportRules.violations(sample, List.of(only))).hasSize(1);
    ImportRules.Row fine = ImportRules.Row.never("io.mooring.tidy..", "java.util.Rand");
    assertThat(ImportRules.violations(sample, List.of(fine))).isEmpty();
  }

  @Test
  void theSourceCheckerFindsEachFault() {
    String name = "node/src/main/java/io/mooring/machine/X.java";
    assertFault(name, "class X { long t = System.current" + "TimeMillis(); }", "banned");
    assertFault(name, "class X { long t = System.nano" + "Time(); }", "banned");
    assertFault(name, "class X { void f(Thread t) { t.inter" + "rupt(); } }", "nobody");
    assertFault(name, "class X { Object r = new Rand" + "om(); }", "a seed");
    assertFault(name, "class X { void f() { Thread.sl" + "eep(1); } }", "a latch");
    assertFault(name, "class X { void f() { System.o" + "ut.println(); } }", "the log");
    assertFault(name, "class X { syn" + "chronized void f() {} }", "confinement");
    assertFault(name, "// TO" + "DO later\nclass X {}", "issue number");
    assertFault(name, "class X {}" + " ".repeat(100), "over 100 columns");
    assertFault(name, "class X {\n" + "\n".repeat(500) + "}\n", "502 lines");
    assertFault(name, "class X {\n void f() {\n" + "\n".repeat(59) + "}\n}\n", "f has 61 lines");
  }

  @Test
  void theSourceCheckerLetsGoodCodePass() {
    String name = "node/src/main/java/io/mooring/machine/X.java";
    String good = "// TO" + "DO #12 until then\nclass X { String s = \"Thread.sl" + "eep(1)\"; }\n";
    assertThat(SourceRules.check(Map.of(name, good))).isEmpty();
    String boot = "node/src/main/java/io/mooring/boot/X.java";
    String clock = "class X { long t = System.current" + "TimeMillis(); }";
    assertThat(SourceRules.check(Map.of(boot, clock))).isEmpty();
    String function = "class X {\n void f() {\n" + "\n".repeat(58) + "}\n}\n";
    assertThat(SourceRules.check(Map.of(name, function))).isEmpty();
  }

  private static void assertFault(String name, String text, String part) {
    assertThat(SourceRules.check(Map.of(name, text))).singleElement().asString().contains(part);
  }

  /** A class that breaks a rule, for the checker's own test. */
  private static final class KnowsRandom {
    int next() {
      return new Random(1).nextInt();
    }
  }
}
