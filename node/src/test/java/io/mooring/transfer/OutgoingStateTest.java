package io.mooring.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.Member;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.internalpb.Command;
import io.mooring.api.internalpb.FoundCluster;
import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.transfer.TransferReader;
import io.mooring.apply.ApplyDriver;
import io.mooring.base.Check;
import io.mooring.machine.CommandCodec;
import io.mooring.peer.TransferSource.Opened;
import io.mooring.raft.Committed;
import io.mooring.raft.core.Entry;
import io.mooring.sim.SimScheduler;
import io.mooring.sim.SimScheduler.SimLoop;
import io.mooring.storage.memory.MemoryEngineProvider;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A state as it is read by a receiver that is slow, or stands still; on a simulated clock. */
class OutgoingStateTest {

  private static final long MINUTE_NS = TimeUnit.MINUTES.toNanos(1);

  @TempDir private Path directory;
  private final SimScheduler scheduler = new SimScheduler(1);
  private final SimLoop work = scheduler.loop("transfer");
  private final SimLoop caller = scheduler.loop("peer");
  private final PinRegistry pins = new PinRegistry();
  private ApplyDriver apply;
  private MvccEngine engine;
  private long index;

  @BeforeEach
  void live() {
    engine =
        new MemoryEngineProvider()
            .open(
                EngineConfig.of(
                    directory,
                    cause -> {
                      throw new AssertionError(cause);
                    },
                    pins));
    apply =
        new ApplyDriver(
            scheduler.loop("apply"),
            engine,
            pins,
            view -> {},
            (where, cause) -> {
              throw new AssertionError(where, cause);
            });
    apply.start();
    Member member = Member.newBuilder().setID(1).addPeerURLs("http://127.0.0.1:9001").build();
    apply(
        Command.newBuilder().setFoundCluster(FoundCluster.newBuilder().addMembers(member)).build());
    for (int i = 0; i < 30; i++) {
      PutRequest.Builder put =
          PutRequest.newBuilder()
              .setKey(ByteString.copyFromUtf8("key" + i))
              .setValue(ByteString.copyFrom(new byte[OutgoingState.CHUNK_BYTES / 2]));
      apply(Command.newBuilder().setPut(put).build());
    }
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private void apply(Command command) {
    byte[] data =
        ByteBuffer.allocate(CommandCodec.HEADER_BYTES + command.getSerializedSize())
            .position(CommandCodec.HEADER_BYTES)
            .put(command.toByteArray())
            .array();
    index++;
    Entry entry = new Entry(index, 3, Entry.Kind.COMMAND, data);
    apply.apply(new Committed(List.of(entry), Collections.singletonList(null)));
    scheduler.runReady();
  }

  private Opened open() {
    return result(new OutgoingState(work, apply, pins).open(caller));
  }

  private <T> T result(Future<T> future) {
    scheduler.runReady();
    assertThat(future.succeeded()).as("%s", future.cause()).isTrue();
    return future.result();
  }

  /** As the duty that looks after pins does. */
  private void pass(long minutes) {
    for (long minute = 0; minute < minutes; minute++) {
      scheduler.advance(MINUTE_NS);
      pins.expire(scheduler.nowNs());
    }
  }

  /** However large a state is, and however slow the way: each chunk that is taken is progress. */
  @Test
  void aStateMayTakeHoursIfItGoesOn() {
    Opened state = open();
    int chunks = 0;
    try (TransferReader reader = TransferReader.verifying()) {
      while (!reader.complete()) {
        reader.accept(Check.present(result(state.next()), "it ended too early"));
        chunks++;
        pass(9);
      }
      assertThat(reader.finish().appliedIndex()).isEqualTo(index);
    }
    assertThat(chunks).isGreaterThan(10);
    assertThat(pins.brokenCount()).isZero();
    state.close();
    scheduler.runReady();
    assertThat(pins.count()).isZero();
  }

  @Test
  void aReceiverThatTakesNothingHoldsNothingForLong() {
    Opened state = open();
    result(state.next());
    assertThat(pins.count()).isEqualTo(1);
    pass(11);
    assertThat(pins.count()).isZero();
    assertThat(engine.stats().openSnapshots()).isZero();
    Future<byte[]> late = state.next();
    scheduler.runReady();
    assertThat(late.failed()).isTrue();
  }
}
