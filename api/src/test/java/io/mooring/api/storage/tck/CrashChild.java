package io.mooring.api.storage.tck;

import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineListener;
import io.mooring.api.storage.EngineProvider;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.Revision;
import io.mooring.api.storage.Table;
import io.mooring.api.storage.WriteBatch;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ServiceLoader;

/**
 * The process that gets killed: it plays {@link CrashModel} into an engine, from where the engine
 * stands, until it dies. Standard output carries a line {@code durable <index>} each time the
 * engine's listener reports one, written before the listener returns.
 *
 * <p>Arguments: engine name, directory, seed.
 */
public final class CrashChild {

  private static final long CACHE_BYTES = 16 << 20;
  private static final long BACKLOG_BYTES = 2 << 20;
  private static final long BACKLOG_ENTRIES = 1_000;
  private static final long BATCHES_PER_SYNC = 500;

  private CrashChild() {}

  /** Plays until killed. */
  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[1]);
    CrashModel model = new CrashModel(Long.parseLong(args[2]));
    FileOutputStream out = new FileOutputStream(FileDescriptor.out);
    try (MvccEngine engine = open(args[0], directory, reporter(out))) {
      while (model.index() < engine.state().appliedIndex()) {
        model.next();
      }
      say(out, "start " + model.index());
      for (long batches = 1; ; batches++) {
        playBatch(model, engine);
        engine.maintain();
        if (batches % BATCHES_PER_SYNC == 0) {
          engine.sync();
        }
      }
    }
  }

  /** Opens an engine by name, with bounds small enough that its write-behind never rests. */
  static MvccEngine open(String name, Path directory, EngineListener listener) {
    EngineConfig config =
        new EngineConfig(
            directory, listener, new PinRegistry(), CACHE_BYTES, BACKLOG_BYTES, BACKLOG_ENTRIES);
    return ServiceLoader.load(EngineProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(provider -> provider.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no engine named " + name))
        .open(config);
  }

  private static void playBatch(CrashModel model, MvccEngine engine) {
    WriteBatch batch = engine.begin();
    CrashModel.Entry entry;
    do {
      entry = model.next();
      for (CrashModel.Change change : entry.changes()) {
        Revision at = new Revision(change.main(), change.sub());
        if (change.tombstone()) {
          batch.delete(at, change.key());
        } else {
          byte[] payload = model.payload(change.main(), change.sub());
          batch.put(at, change.key(), change.create(), change.version(), change.lease(), payload);
        }
      }
      batch.tablePut(Table.LEASE, tableKey(entry.tableRow()), tableValue(entry.index()));
    } while (!model.endsBatch(entry.index()));
    batch.commit(entry.index(), 1, entry.main(), entry.compactRevision());
  }

  /** The key of a row of the one table that the script writes. */
  static byte[] tableKey(int row) {
    return new byte[] {(byte) row};
  }

  /** Its value: the entry that wrote it. */
  static byte[] tableValue(long index) {
    return ByteBuffer.allocate(8).putLong(index).array();
  }

  private static EngineListener reporter(FileOutputStream out) {
    return new EngineListener() {
      @Override
      public void durable(long appliedIndex) {
        say(out, "durable " + appliedIndex);
      }

      @Override
      public void failed(EngineException cause) {
        say(out, "failed " + cause);
        Runtime.getRuntime().halt(3);
      }
    };
  }

  private static void say(FileOutputStream out, String line) {
    try {
      out.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      Runtime.getRuntime().halt(4);
    }
  }
}
