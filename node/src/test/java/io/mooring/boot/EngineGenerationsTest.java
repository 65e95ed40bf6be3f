package io.mooring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.api.testing.Covers;
import io.mooring.raft.core.EntryId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a start finds after a crash at any step of an installation. */
class EngineGenerationsTest {

  private static final EntryId SNAPSHOT = new EntryId(700, 3);

  @TempDir private Path root;
  private EngineGenerations engines;

  @BeforeEach
  void create() throws IOException {
    engines = new EngineGenerations(root);
    Files.createDirectory(root.resolve("member"));
    engines.create();
    Files.writeString(engines.live().resolve("data"), "old");
  }

  @Test
  @Covers({"R24", "F5"})
  void whatIsHalfReceivedOrHalfLoadedIsRemoved() throws IOException {
    Files.writeString(engines.incoming().resolve("state"), "half");
    Files.writeString(engines.prepareNext().resolve("data"), "half");
    engines = new EngineGenerations(root);
    engines.settle(EntryId.ZERO);
    assertThat(entries()).containsExactlyInAnyOrder("CURRENT", "engine-1");
    assertThat(live()).isEqualTo("old");
  }

  @Test
  @Covers({"R24", "F5"})
  void anAnnouncedEngineIsDroppedWhenTheLogDoesNotBeginBehindIt() throws IOException {
    load();
    engines.announce(SNAPSHOT);
    engines = new EngineGenerations(root);
    engines.settle(new EntryId(500, 2));
    assertThat(entries()).containsExactlyInAnyOrder("CURRENT", "engine-1");
    assertThat(live()).isEqualTo("old");
  }

  @Test
  @Covers({"R24", "F5"})
  void anAnnouncedEngineTakesOverWhenTheLogBeginsBehindIt() throws IOException {
    load();
    engines.announce(SNAPSHOT);
    for (int start = 0; start < 2; start++) {
      engines = new EngineGenerations(root);
      engines.settle(SNAPSHOT);
      assertThat(entries()).containsExactlyInAnyOrder("CURRENT", "engine-2");
      assertThat(live()).isEqualTo("new");
    }
  }

  @Test
  @Covers({"R24", "F5"})
  void anAdoptedEngineStays() throws IOException {
    load();
    engines.announce(SNAPSHOT);
    // Dies between the two steps of adopting: CURRENT is written, INSTALL still there.
    Path install = root.resolve("member/INSTALL");
    byte[] announced = Files.readAllBytes(install);
    engines.adopt();
    Files.write(install, announced);
    engines = new EngineGenerations(root);
    engines.settle(SNAPSHOT);
    assertThat(entries()).containsExactlyInAnyOrder("CURRENT", "engine-2");
    assertThat(live()).isEqualTo("new");
  }

  @Test
  @Covers("F20")
  void anEngineThatTheLogNeedsAndThatIsGoneIsRefused() throws IOException {
    Path next = load();
    engines.announce(SNAPSHOT);
    engines.remove(next);
    assertThatThrownBy(() -> new EngineGenerations(root).settle(SNAPSHOT))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("engine-2 is missing");
  }

  @Test
  void aSecondEngineIsNumberedAboveAllOthers() throws IOException {
    load();
    engines.announce(SNAPSHOT);
    engines.adopt();
    assertThat(engines.prepareNext().getFileName()).hasToString("engine-3");
    assertThat(live()).isEqualTo("new");
  }

  private Path load() throws IOException {
    Path next = engines.prepareNext();
    Files.writeString(next.resolve("data"), "new");
    return next;
  }

  private String live() throws IOException {
    return Files.readString(engines.live().resolve("data"));
  }

  private List<String> entries() throws IOException {
    try (Stream<Path> files = Files.list(root.resolve("member"))) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
