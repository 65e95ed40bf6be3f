package io.mooring.apply;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.internalpb.Command;
import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.loop.Loop;
import io.mooring.loop.Reply;
import io.mooring.machine.CommandCodec;
import io.mooring.machine.Membership;
import io.mooring.machine.Outcome;
import io.mooring.machine.View;
import io.mooring.raft.AppliedListener;
import io.mooring.raft.Committed;
import io.mooring.raft.core.Entry;
import io.mooring.sim.SimScheduler;
import io.mooring.storage.memory.MemoryEngineProvider;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An apply driver on simulated loops over a memory engine, fed with entries by hand. */
final class ApplyFixture {

  final SimScheduler scheduler = new SimScheduler(1);
  final Loop applyLoop = scheduler.loop("apply");
  final Loop client = scheduler.loop("client");
  final PinRegistry pins = new PinRegistry();
  final MvccEngine engine;
  final List<String> fatals = new ArrayList<>();
  final List<View> applied = new ArrayList<>();

  /** Configuration changes as told to consensus: index, accepted, voters, learners. */
  final List<String> configured = new ArrayList<>();

  ApplyDriver driver;

  private final List<Entry> entries = new ArrayList<>();
  private final List<@Nullable Reply<Outcome>> replies = new ArrayList<>();
  private long nextIndex = 1;

  ApplyFixture(Path directory) {
    engine =
        new MemoryEngineProvider()
            .open(EngineConfig.of(directory, ApplyFixture::engineFailed, pins));
    driver = newDriver();
  }

  /** A driver that begins from what the engine holds. */
  ApplyDriver newDriver() {
    return newDriver(engine);
  }

  ApplyDriver newDriver(MvccEngine appliedTo) {
    AppliedListener listener =
        new AppliedListener() {
          @Override
          public void configured(long index, boolean accepted, Membership now) {
            configured.add(index + " " + accepted + " " + now.voters() + " " + now.learners());
          }

          @Override
          public void applied(View view) {
            applied.add(view);
          }
        };
    return new ApplyDriver(
        applyLoop, appliedTo, pins, listener, (where, cause) -> fatals.add(where + ": " + cause));
  }

  /** Adds an entry with somebody waiting to the next {@link #send}. */
  Future<Outcome> add(Command command) {
    Reply<Outcome> reply = Reply.on(client);
    add(Entry.Kind.COMMAND, bytes(command), reply);
    return reply.promise().future();
  }

  void add(Entry.Kind kind, byte[] data, @Nullable Reply<Outcome> reply) {
    entries.add(new Entry(nextIndex++, 1, kind, data));
    replies.add(reply);
  }

  /** Continues at another index. */
  void nextIndex(long index) {
    nextIndex = index;
  }

  /** Hands over what was added, as one committed batch, without running anything. */
  void send() {
    driver.apply(new Committed(List.copyOf(entries), new ArrayList<>(replies)));
    entries.clear();
    replies.clear();
  }

  /** Hands over and runs everything. */
  void run() {
    send();
    scheduler.runReady();
  }

  static Command put(String key, String value) {
    return Command.newBuilder()
        .setPut(
            PutRequest.newBuilder()
                .setKey(ByteString.copyFromUtf8(key))
                .setValue(ByteString.copyFromUtf8(value)))
        .build();
  }

  static Command delete(String key) {
    return Command.newBuilder()
        .setDeleteRange(DeleteRangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)))
        .build();
  }

  static Command compact(long revision) {
    return Command.newBuilder()
        .setCompaction(CompactionRequest.newBuilder().setRevision(revision).setPhysical(true))
        .build();
  }

  static Command grant(long id, long ttlSeconds) {
    return Command.newBuilder()
        .setLeaseGrant(LeaseGrantRequest.newBuilder().setID(id).setTTL(ttlSeconds))
        .build();
  }

  static byte[] bytes(Command command) {
    return ByteBuffer.allocate(CommandCodec.HEADER_BYTES + command.getSerializedSize())
        .position(CommandCodec.HEADER_BYTES)
        .put(command.toByteArray())
        .array();
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void engineFailed(EngineException cause) {
    throw new AssertionError(cause);
  }
}
