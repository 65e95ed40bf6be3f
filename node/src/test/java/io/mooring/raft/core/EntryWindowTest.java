package io.mooring.raft.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.base.CheckFailedException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class EntryWindowTest {

  @Test
  void behavesLikeAList() {
    SplittableRandom random = new SplittableRandom(3);
    EntryWindow window = new EntryWindow(new EntryId(5, 1));
    List<Entry> model = new ArrayList<>();
    for (int step = 0; step < 5_000; step++) {
      if (random.nextInt(5) < 3 || model.isEmpty()) {
        Entry entry = entry(window.lastIndex() + 1);
        window.append(entry);
        model.add(entry);
      } else {
        assertThat(window.dropFirst()).isSameAs(model.remove(0));
      }
      assertThat(window.lastIndex()).isEqualTo(window.base().index() + model.size());
      if (!model.isEmpty()) {
        int at = random.nextInt(model.size());
        long first = window.base().index() + 1;
        assertThat(window.get(first + at)).isSameAs(model.get(at));
        assertThat(window.slice(first + at, window.lastIndex()))
            .isEqualTo(model.subList(at, model.size()));
      }
    }
  }

  @Test
  void refusesGapsAndWhatIsGone() {
    EntryWindow window = new EntryWindow(EntryId.ZERO);
    window.append(entry(1));
    assertThatThrownBy(() -> window.append(entry(3))).isInstanceOf(CheckFailedException.class);
    window.dropFirst();
    assertThatThrownBy(() -> window.get(1)).isInstanceOf(CheckFailedException.class);
  }

  private static Entry entry(long index) {
    return new Entry(index, 1, Entry.Kind.EMPTY, new byte[0]);
  }
}
