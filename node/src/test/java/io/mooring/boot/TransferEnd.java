package io.mooring.boot;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.Member;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.internalpb.ClusterDescription;
import io.mooring.api.internalpb.Command;
import io.mooring.api.internalpb.FoundCluster;
import io.mooring.api.internalpb.LeaderAnswer;
import io.mooring.api.internalpb.LeaderAsk;
import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineListener;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.Snapshot;
import io.mooring.api.storage.transfer.TransferWriter;
import io.mooring.apply.ApplyDriver;
import io.mooring.base.Check;
import io.mooring.loop.Loop;
import io.mooring.loop.ThreadLoop;
import io.mooring.loop.VertxLoop;
import io.mooring.machine.CommandCodec;
import io.mooring.machine.View;
import io.mooring.peer.PeerAnswers;
import io.mooring.peer.PeerConfig;
import io.mooring.peer.PeerEvents;
import io.mooring.peer.PeerIdentity;
import io.mooring.peer.PeerNetwork;
import io.mooring.peer.TransferSource;
import io.mooring.raft.Committed;
import io.mooring.raft.core.Entry;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.Message;
import io.mooring.transfer.StateTransfers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One member as far as transfers go: machine, engine, directories and network are real, consensus
 * is a stand-in that installs whatever arrives.
 */
final class TransferEnd implements AutoCloseable, PeerEvents, StateTransfers.Carrier {

  private static final long NOBODY = 0;
  private static final long MILLISECOND = 1_000_000;

  /** Times short enough for a test that waits for silence to be noticed. */
  private static final PeerConfig CONFIG =
      new PeerConfig(
          8 << 20,
          1 << 20,
          4 << 20,
          1_000 * MILLISECOND,
          50 * MILLISECOND,
          400 * MILLISECOND,
          5 * MILLISECOND,
          50 * MILLISECOND,
          5_000 * MILLISECOND);

  final long id;
  final String engineName;
  final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
  private final AtomicReference<TransferSource> source = new AtomicReference<>();
  final AtomicInteger ended = new AtomicInteger();
  final PinRegistry pins = new PinRegistry();
  final ThreadLoop applyLoop = new ThreadLoop("apply", (where, cause) -> fault(where, cause));
  final ThreadLoop work = new ThreadLoop("transfer", (where, cause) -> fault(where, cause));
  final EngineGenerations home;
  final ApplyDriver apply;
  final StateTransfers states;
  final PeerNetwork network;
  final AtomicBoolean opensNothing = new AtomicBoolean();
  private final HttpServer server;
  private long nextIndex = 1;

  TransferEnd(Vertx vertx, Path root, long clusterId, long id, String engineName)
      throws IOException {
    this.id = id;
    this.engineName = engineName;
    Files.createDirectories(root.resolve("member"));
    home = new EngineGenerations(root);
    home.create();
    EngineListener listener = cause -> fault("engine", cause);
    MvccEngine first = open(home.live(), listener);
    apply =
        new ApplyDriver(applyLoop, first, pins, view -> {}, (where, cause) -> fault(where, cause));
    apply.start();
    states = new StateTransfers(work, apply, pins, first, home, this::open, listener, this);
    VertxLoop loop = new VertxLoop(((VertxInternal) vertx).createEventLoopContext());
    network =
        new PeerNetwork(
            loop,
            vertx,
            new PeerIdentity(clusterId, id, "test", 1, List.of()),
            CONFIG,
            this,
            new Silent(),
            id);
    network.receiveStates(states.sink());
    Future<HttpServer> listening =
        Future.future(
            bound ->
                loop.execute(
                    () ->
                        vertx
                            .createHttpServer()
                            .requestHandler(network.endpoint())
                            .listen(0, "127.0.0.1")
                            .onComplete(bound)));
    server = await(listening);
  }

  private MvccEngine open(Path directory, EngineListener listener) {
    if (opensNothing.get()) {
      throw new EngineException(EngineException.Kind.IO, "no engine today", null);
    }
    return Engines.find().provider(engineName).open(EngineConfig.of(directory, listener, pins));
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.actualPort());
  }

  /** Founds a cluster and writes into it, with a compaction in the middle. */
  void live(long seed, int puts, int valueBytes) {
    Random random = new Random(seed);
    FoundCluster.Builder found = FoundCluster.newBuilder();
    for (long member = 1; member <= 2; member++) {
      found.addMembers(
          Member.newBuilder().setID(member).addPeerURLs("http://127.0.0.1:" + (9000 + member)));
    }
    apply(Command.newBuilder().setFoundCluster(found).build());
    apply(
        Command.newBuilder()
            .setLeaseGrant(LeaseGrantRequest.newBuilder().setID(77).setTTL(600))
            .build());
    for (int i = 0; i < puts; i++) {
      byte[] value = new byte[valueBytes];
      random.nextBytes(value);
      apply(
          Command.newBuilder()
              .setPut(
                  PutRequest.newBuilder()
                      .setKey(ByteString.copyFromUtf8("key" + random.nextInt(50)))
                      .setValue(ByteString.copyFrom(value))
                      .setLease(random.nextInt(4) == 0 ? 77 : 0))
              .build());
      if (i == puts / 2) {
        apply(
            Command.newBuilder()
                .setCompaction(CompactionRequest.newBuilder().setRevision(i / 2 + 2))
                .build());
      }
    }
  }

  View apply(Command command) {
    byte[] data =
        ByteBuffer.allocate(CommandCodec.HEADER_BYTES + command.getSerializedSize())
            .position(CommandCodec.HEADER_BYTES)
            .put(command.toByteArray())
            .array();
    long index = nextIndex++;
    Entry entry = new Entry(index, 3, Entry.Kind.COMMAND, data);
    apply.apply(new Committed(List.of(entry), Collections.singletonList(null)));
    return at(index);
  }

  /** Waits until an entry is applied. */
  View at(long index) {
    org.awaitility.Awaitility.await()
        .pollInterval(java.time.Duration.ofMillis(1))
        .until(() -> apply.view().appliedIndex() >= index);
    return apply.view();
  }

  /** Continues behind an installed state. */
  void continueAfter(EntryId last) {
    nextIndex = last.index() + 1;
  }

  /** SHA-256 of all that the engine holds. */
  byte[] content() {
    try (Snapshot snapshot = apply.view().engine().snapshot();
        TransferWriter writer = new TransferWriter(snapshot)) {
      List<byte[]> chunks = new ArrayList<>();
      for (byte[] next = writer.nextChunk(1 << 16); next != null; ) {
        chunks.add(next);
        next = writer.nextChunk(1 << 16);
      }
      return writer.contentDigest();
    }
  }

  @Override
  public void send(long memberId, long term, TransferSource from) {
    if (memberId == NOBODY) {
      source.set(from);
    } else {
      network.sendState(memberId, term, from, ended::incrementAndGet);
    }
  }

  @Override
  public void cancelSends() {
    network.cancelStates("it does not lead");
  }

  /** What it would send. */
  TransferSource source() {
    states.send(NOBODY, 3);
    return Check.present(source.get(), "no state was sent");
  }

  /** Takes every state that is newer than its own, as consensus would. */
  @Override
  public Future<Boolean> received(Loop caller, Message.InstallSnapshot snapshot) {
    if (snapshot.transfer().last().index() <= apply.view().appliedIndex()) {
      return Future.succeededFuture(false);
    }
    return states
        .load(caller, snapshot.transfer())
        .compose(loaded -> states.install(caller, snapshot.transfer()))
        .map(view -> true)
        .otherwise(false);
  }

  /** Nobody asks it anything. */
  private static final class Silent implements PeerAnswers {
    @Override
    public ClusterDescription describe() {
      return ClusterDescription.getDefaultInstance();
    }

    @Override
    public Future<LeaderAnswer> answer(LeaderAsk ask, long deadlineNs) {
      return Future.failedFuture("nobody answers");
    }
  }

  @Override
  public boolean received(List<Message> messages, long bytes) {
    return true;
  }

  @Override
  public void unreachable(long memberId) {}

  @Override
  public void removed() {}

  private void fault(String where, Throwable cause) {
    faults.add(where + ": " + cause);
  }

  static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception failed) {
      throw new AssertionError(failed);
    }
  }

  @Override
  public void close() {
    await(network.close());
    await(server.close());
    await(apply.stop(work));
    await(states.stop(applyLoop));
    work.close();
    applyLoop.close();
  }
}
