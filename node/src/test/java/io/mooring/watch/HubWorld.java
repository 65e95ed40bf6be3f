package io.mooring.watch;

import com.google.protobuf.ByteString;
import io.mooring.api.mvccpb.Event;
import io.mooring.api.mvccpb.KeyValue;
import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineListener;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.Revision;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.Version;
import io.mooring.api.storage.WriteBatch;
import io.mooring.api.storage.transfer.TransferReader;
import io.mooring.api.storage.transfer.TransferWriter;
import io.mooring.apply.ChangeEvent;
import io.mooring.apply.EventBatch;
import io.mooring.apply.RevisionEvents;
import io.mooring.machine.View;
import io.mooring.sim.SimScheduler;
import io.mooring.storage.memory.MemoryEngineProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A hub over a memory engine, a writer that plays the apply thread, and the history it wrote. */
public final class HubWorld {

  /** What happened, as the model remembers it. */
  record Past(
      long revision, ByteString key, boolean delete, KeyValue kv, @Nullable KeyValue prev) {}

  public final SimScheduler sim;
  public final SimScheduler.SimLoop client;
  public final SimScheduler.SimLoop apply;
  final SimScheduler.SimLoop reader;
  final Random random;
  final PinRegistry pins = new PinRegistry();
  MvccEngine engine;
  public final WatchHub hub;
  final List<Past> history = new ArrayList<>();
  final TreeMap<ByteString, KeyValue> latest =
      new TreeMap<>(ByteString.unsignedLexicographicalComparator());

  /** Whether batches now and then compact. */
  public boolean compacts = true;

  long revision = 1;
  long compactRevision = -1;
  long compactNext = -1;
  long readsRefused;
  long reads;
  long batchesDropped;
  private int opened;
  private long appliedIndex;
  private volatile View view;
  private final Path directory;

  /** Whether what is written reaches neither hub nor view. */
  private boolean away;

  /** States that this member was brought because it had been away. */
  int installs;

  public HubWorld(long seed, Path directory, WatchLimits limits) {
    sim = new SimScheduler(seed);
    random = new Random(seed);
    client = sim.loop("client");
    apply = sim.loop("apply");
    reader = sim.loop("reader");
    this.directory = directory;
    engine = open(pins);
    view = View.of(engine);
    hub =
        new WatchHub(
            client,
            () -> view,
            task -> {
              if (random.nextInt(8) == 0) {
                readsRefused++;
                return false;
              }
              reads++;
              reader.execute(task);
              return true;
            },
            pins,
            new WatchResponses(0xfedcba9876543210L, 7, () -> 3),
            limits,
            seed);
  }

  private MvccEngine open(PinRegistry pinned) {
    try {
      Path empty = Files.createDirectories(directory.resolve("engine-" + opened++));
      return new MemoryEngineProvider()
          .open(
              EngineConfig.of(
                  empty,
                  new EngineListener() {
                    @Override
                    public void failed(EngineException cause) {
                      throw new AssertionError(cause);
                    }
                  },
                  pinned));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Another engine with the same content, whatever else. */
  private MvccEngine copy(PinRegistry pinned) {
    MvccEngine made = open(pinned);
    try (Snapshot snapshot = engine.snapshot();
        TransferWriter writer = new TransferWriter(snapshot);
        TransferReader reader = TransferReader.into(made)) {
      for (byte[] chunk = writer.nextChunk(1 << 16);
          chunk != null;
          chunk = writer.nextChunk(1 << 16)) {
        reader.accept(chunk);
      }
      reader.finish();
    }
    return made;
  }

  /**
   * The others go on without this member for some batches, compact without regard to what is pinned
   * here, and then it is brought their state: a new engine in the place of the old one.
   */
  void beAwayFor(int batches, int maxTransactions, int keyCount) {
    MvccEngine old = engine;
    long from = revision;
    engine = copy(new PinRegistry());
    away = true;
    for (int i = 0; i < batches; i++) {
      writeBatch(maxTransactions, keyCount);
    }
    away = false;
    MvccEngine others = engine;
    engine = copy(pins);
    others.close();
    view = View.of(engine);
    installs++;
    if (!hub.offer(new EventBatch(from, view, List.of()))) {
      batchesDropped++;
    }
    old.close();
  }

  /** The newest view. */
  public View view() {
    return view;
  }

  /** All that happened, as a watch of everything without previous values tells it. */
  public List<Event> events() {
    return history.stream()
        .map(
            past ->
                Event.newBuilder()
                    .setType(past.delete ? Event.EventType.DELETE : Event.EventType.PUT)
                    .setKv(past.kv)
                    .build())
        .toList();
  }

  /** One applied batch of some transactions, on the apply thread. */
  public void writeBatch(int maxTransactions, int keyCount) {
    long from = revision;
    // Now and then the wish comes too late for a batch.
    boolean prevKv = hub.wantsPrevKv() && random.nextInt(8) > 0;
    WriteBatch batch = engine.begin();
    List<RevisionEvents> revisions = new ArrayList<>();
    int count = 1 + random.nextInt(maxTransactions);
    for (int i = 0; i < count; i++) {
      revision++;
      List<ChangeEvent> events = new ArrayList<>();
      int keys = random.nextInt(4) == 0 ? 1 + random.nextInt(4) : 1;
      int first = random.nextInt(keyCount);
      for (int sub = 0; sub < keys; sub++) {
        change(
            batch, new Revision(revision, events.size()), (first + sub) % keyCount, prevKv, events);
      }
      if (events.isEmpty()) {
        revision--;
      } else {
        revisions.add(new RevisionEvents(revision, events));
      }
    }
    if (compacts && random.nextInt(10) == 0 && revision > 3) {
      compactRevision = Math.max(compactRevision, revision - random.nextInt(20));
    }
    compactRevision = Math.max(compactRevision, compactNext);
    batch.commit(++appliedIndex, 3, revision, compactRevision);
    while (engine.maintain()) {
      // reclaims at once: whoever relies on what compaction freed is found out
    }
    if (away) {
      return;
    }
    view = View.of(engine);
    if (!hub.offer(new EventBatch(from, view, revisions))) {
      batchesDropped++;
    }
  }

  private void change(
      WriteBatch batch, Revision at, int keyNumber, boolean prevKnown, List<ChangeEvent> events) {
    ByteString key = key(keyNumber);
    KeyValue before = latest.get(key);
    byte[] keyBytes = key.toByteArray();
    if (before != null && random.nextInt(4) == 0) {
      batch.delete(at, keyBytes);
      byte[] prev = prevKnown ? before.toByteArray() : null;
      events.add(ChangeEvent.delete(keyBytes, prev, prevKnown));
      KeyValue gone = KeyValue.newBuilder().setKey(key).setModRevision(at.main()).build();
      history.add(new Past(at.main(), key, true, gone, before));
      latest.remove(key);
    } else {
      KeyValue kv =
          KeyValue.newBuilder()
              .setKey(key)
              .setCreateRevision(before == null ? at.main() : before.getCreateRevision())
              .setModRevision(at.main())
              .setVersion(before == null ? 1 : before.getVersion() + 1)
              .setValue(ByteString.copyFromUtf8("v" + at.main() + "." + at.sub()))
              .build();
      byte[] payload = kv.toByteArray();
      batch.put(at, keyBytes, kv.getCreateRevision(), kv.getVersion(), 0, payload);
      byte[] prev = prevKnown && before != null ? before.toByteArray() : null;
      events.add(ChangeEvent.put(keyBytes, payload, prev, prevKnown));
      history.add(new Past(at.main(), key, false, kv, before));
      latest.put(key, kv);
    }
  }

  static ByteString key(int number) {
    return ByteString.copyFromUtf8(String.format("k%03d", number));
  }

  /** What the engine says of a key, for those who doubt the model. */
  @Nullable Version stored(ByteString key) {
    try (var snapshot = engine.snapshot()) {
      return snapshot.get(key.toByteArray(), Long.MAX_VALUE, true);
    }
  }
}
