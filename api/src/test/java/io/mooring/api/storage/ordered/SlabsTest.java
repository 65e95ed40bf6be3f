package io.mooring.api.storage.ordered;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlabsTest {

  private static final int RECORD_BYTES = 10;
  private static final int ROWS_PER_SLAB = 100;

  private final Slabs slabs = new Slabs(RECORD_BYTES * ROWS_PER_SLAB);

  private Row add() {
    Row row = new Row(new byte[] {1}, 2, 0, 2, 1, 0, null, 3, null, false);
    return slabs.add(row, ByteBuffer.allocate(RECORD_BYTES));
  }

  /** Fills the current slab up and one more to its end. */
  private List<Row> addSlab() {
    List<Row> rows = new ArrayList<>();
    Row first = add();
    rows.add(first);
    while (rows.get(rows.size() - 1).recordOffset + 2 * RECORD_BYTES
        <= RECORD_BYTES * ROWS_PER_SLAB) {
      rows.add(add());
    }
    return rows;
  }

  private void gone(List<Row> rows) {
    rows.forEach(slabs::gone);
  }

  private void publish() {
    slabs.published(slabs.nextEpoch());
  }

  @Test
  void aSlabIsUsedAgainOnceItsRowsAreGoneAndAStateWithoutThemIsPublished() {
    List<Row> first = addSlab();
    List<Row> second = addSlab();
    gone(first);
    Row third = add();
    assertThat(third.slab).as("not published yet").isNotIn(first.get(0).slab, second.get(0).slab);
    publish();
    addSlab();
    assertThat(add().slab).isSameAs(first.get(0).slab);
  }

  @Test
  void aRowThatIsLeftKeepsItsSlab() {
    List<Row> first = addSlab();
    addSlab();
    gone(first.subList(1, first.size()));
    publish();
    addSlab();
    assertThat(add().slab).isNotSameAs(first.get(0).slab);
  }

  @Test
  void aReaderOfAStateWithTheRowsKeepsTheSlab() {
    List<Row> first = addSlab();
    addSlab();
    ReaderEpoch seen = slabs.epoch();
    seen.enter();
    gone(first);
    publish();
    addSlab();
    assertThat(add().slab).isNotSameAs(first.get(0).slab);
    seen.leave();
    addSlab();
    assertThat(add().slab).isSameAs(first.get(0).slab);
  }

  @Test
  void aReaderFromBeforeTheRowsKeepsNothingOfThem() {
    ReaderEpoch old = slabs.epoch();
    old.enter();
    List<Row> first = addSlab();
    List<Row> second = addSlab();
    gone(first);
    publish();
    List<Row> third = addSlab();
    gone(second);
    gone(third);
    List<Row> fourth = addSlab();
    publish();
    // The second slab was there when the old reader came, the third was not.
    assertThat(addSlab().get(0).slab).isSameAs(third.get(0).slab);
    assertThat(addSlab().get(0).slab)
        .isNotIn(first.get(0).slab, second.get(0).slab, fourth.get(0).slab);
    old.leave();
  }

  @Test
  void whatIsTooLargeStaysOnItsOwn() {
    Row row = new Row(new byte[] {1}, 2, 0, 2, 1, 0, new byte[90], 90, Links.NONE, false);
    assertThat(slabs.add(row, ByteBuffer.allocate(100))).isSameAs(row);
    slabs.gone(row);
  }

  @Test
  void aRowCannotGoTwice() {
    Row row = add();
    slabs.gone(row);
    assertThatThrownBy(() -> slabs.gone(row)).isInstanceOf(IllegalStateException.class);
  }
}
