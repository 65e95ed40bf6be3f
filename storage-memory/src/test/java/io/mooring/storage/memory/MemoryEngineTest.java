package io.mooring.storage.memory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineListener;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.Peek;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.Revision;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Version;
import io.mooring.api.storage.WriteBatch;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only the memory engine promises; the rest is the conformance kit's. */
class MemoryEngineTest implements EngineListener {

  @TempDir Path directory;

  @Override
  public void failed(EngineException cause) {
    throw new AssertionError(cause);
  }

  @Test
  void peekAlwaysKnowsWhatIsReadable() {
    MvccEngine engine =
        new MemoryEngineProvider().open(EngineConfig.of(directory, this, new PinRegistry()));
    byte[] key = "a".getBytes(UTF_8);
    WriteBatch batch = engine.begin();
    batch.put(new Revision(2, 0), key, 2, 1, 0, "x".getBytes(UTF_8));
    batch.put(new Revision(3, 0), key, 2, 2, 0, "y".getBytes(UTF_8));
    batch.delete(new Revision(4, 0), key);
    batch.put(new Revision(5, 0), "b".getBytes(UTF_8), 5, 1, 0, new byte[0]);
    batch.commit(4, 1, 5, -1);

    assertThat(engine.peek(key, 5).known()).isTrue();
    assertThat(engine.peek(key, 5).version()).isNull();
    assertThat(payload(engine.peek(key, 3))).isEqualTo("y".getBytes(UTF_8));
    assertThat(payload(engine.peek(key, 2))).isEqualTo("x".getBytes(UTF_8));
    assertThat(engine.peek(key, 1).known()).isTrue();
    assertThat(engine.peek(key, 1).version()).isNull();

    engine.begin().commit(5, 1, 5, 4);
    while (engine.maintain()) {}
    assertThat(engine.reclaimedRevision()).isEqualTo(4);
    assertThat(engine.peek(key, 3).known()).isFalse();
    try (Snapshot snapshot = engine.snapshot()) {
      assertThat(snapshot.get(key, 4, true)).isNull();
      assertThat(snapshot.count(new byte[0], null, Long.MAX_VALUE)).isEqualTo(1);
    }
    engine.close();
  }

  private static byte @Nullable [] payload(Peek peek) {
    Version version = peek.version();
    return version == null ? null : version.payload();
  }
}
