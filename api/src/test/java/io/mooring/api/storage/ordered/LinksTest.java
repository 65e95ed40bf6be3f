package io.mooring.api.storage.ordered;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LinksTest {

  private static final byte[] KEY = {1};

  private static Row row(long main, int sub, Links links) {
    return new Row(KEY, main, sub, 2, main, 0, Row.NO_BYTES, 0, links, false);
  }

  private static List<Row> chain(int length, long compactRevision) {
    List<Row> rows = new ArrayList<>();
    rows.add(row(2, 0, Links.NONE));
    for (int i = 1; i < length; i++) {
      Row previous = rows.get(i - 1);
      rows.add(row(2 + i / 2 * 3L, i % 2, Links.after(previous, compactRevision)));
    }
    return rows;
  }

  /** Follows links as a read does; returns how many changes it had to look up. */
  private static int hops(List<Row> rows, int from, long atRevision, long[] found) {
    int at = from;
    int hops = 0;
    while (rows.get(at).main > atRevision) {
      Links links = rows.get(at).links();
      long main = links.previousMain;
      int sub = links.previousSub;
      for (int i = links.ancestors.length - 2; i >= 0; i -= 2) {
        if (links.ancestors[i] > atRevision) {
          main = links.ancestors[i];
          sub = Links.subOf(links.ancestors[i + 1]);
          break;
        }
      }
      do {
        at--;
      } while (rows.get(at).main != main || rows.get(at).sub != sub);
      hops++;
    }
    found[0] = at;
    return hops;
  }

  @Test
  void everyOldChangeIsFoundInLogarithmicTime() {
    int length = 20_000;
    List<Row> rows = chain(length, 0);
    Random random = new Random(3);
    long[] found = new long[1];
    for (int i = 0; i < 300; i++) {
      int from = random.nextInt(length);
      long revision = 2L + random.nextInt((int) rows.get(from).main);
      int hops = hops(rows, from, revision, found);
      int expected = from;
      while (rows.get(expected).main > revision) {
        expected--;
      }
      assertThat(found[0]).as("from %d at %d", from, revision).isEqualTo(expected);
      assertThat(hops).as("hops from %d at %d", from, revision).isLessThan(32);
    }
  }

  @Test
  void ancestorsStayFewAndThoseBelowCompactionGo() {
    List<Row> rows = chain(100_000, 0);
    assertThat(rows.get(rows.size() - 1).links().ancestors.length / 2).isLessThanOrEqualTo(17);
    Row last = rows.get(rows.size() - 1);
    assertThat(Links.after(last, last.main).ancestors).isEmpty();
    assertThat(Links.after(last, last.main).previousMain).isEqualTo(last.main);
  }

  @Test
  void theTableOfTheTypeCommentHolds() {
    int[] levels = {1, 1, 2, 1, 1, 2, 3, 1};
    Row row = row(1, 0, Links.NONE);
    for (int i = 0; i < levels.length; i++) {
      assertThat(row.links().level).as("own level of change %d", i + 1).isEqualTo(levels[i]);
      row = row(i + 2, 0, Links.after(row, 0));
    }
  }
}
