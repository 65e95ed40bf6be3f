package io.mooring.tidy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class CoverageTest {

  private static final Path DOCUMENT = Sources.root().resolve("docs/coverage.md");
  private static final Path LATER = Sources.root().resolve("docs/coverage-later.txt");

  private final Map<String, TreeSet<String>> covered = Coverage.covered();
  private final Map<String, String> later = Coverage.later(Sources.read(LATER));

  @Test
  void everyIdIsCoveredOrPutOffWithAReason() {
    List<String> missing = new ArrayList<>(Coverage.ids());
    missing.removeAll(covered.keySet());
    missing.removeAll(later.keySet());
    assertThat(missing).as("neither covered nor in docs/coverage-later.txt").isEmpty();
  }

  @Test
  void nothingIsPutOffThatIsCovered() {
    List<String> both = new ArrayList<>(later.keySet());
    both.retainAll(covered.keySet());
    assertThat(both).as("covered, so to be removed from docs/coverage-later.txt").isEmpty();
  }

  @Test
  void onlyKnownIdsAreNamed() {
    assertThat(Coverage.ids()).containsAll(covered.keySet()).containsAll(later.keySet());
  }

  @Test
  void theDocumentIsUpToDate() throws IOException {
    String table = Coverage.table(covered, later);
    if (Boolean.getBoolean("coverage.rewrite")) {
      Files.writeString(DOCUMENT, table);
    }
    assertThat(Sources.read(DOCUMENT))
        .as("docs/coverage.md; rewrite it with -Dcoverage.rewrite=true")
        .isEqualTo(table);
  }

  @Test
  void annotationsAreFoundHoweverTheyAreWritten() {
    String text = "@Cov" + "ers(\"P1\") void a() {} @Cov" + "ers({\n \"S5\",\n \"B12\"\n})";
    assertThat(Coverage.inTest(text, "T").keySet()).containsExactly("B12", "P1", "S5");
    assertThat(Coverage.inTest("// P7 is covered elsewhere", "T")).isEmpty();
  }

  @Test
  void assertionsAreFoundByTheFirstWordsOfTheirMessage() {
    String text =
        "Check.that(a > b,\n \"R9 commit fell\", a); Check.that(c(x), \"S2 S3 gone\");"
            + " Check.that(d, \"no R1 at its head\");";
    assertThat(Coverage.inMain(text, "M").keySet()).containsExactly("R9", "S2", "S3");
  }

  @Test
  void whatIsPutOffNeedsAReasonAndNamesEachIdOnce() {
    assertThat(Coverage.later("# c\nR1 F3-F5: why\n")).containsOnlyKeys("F3", "F4", "F5", "R1");
    assertThatThrownBy(() -> Coverage.later("R1:\n")).hasMessageContaining("no reason");
    assertThatThrownBy(() -> Coverage.later("R1: a\nR1: b\n")).hasMessageContaining("twice");
  }
}
