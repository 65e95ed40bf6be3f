package io.mooring.transfer;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineState;
import io.mooring.api.storage.transfer.TransferReader;
import io.mooring.loop.Loop;
import io.mooring.peer.TransferSink;
import io.mooring.raft.core.EntryId;
import io.mooring.raft.core.Message;
import io.mooring.raft.core.Transfer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * States that arrive, one at a time: each chunk is checked and stored in a file, and the whole is
 * synced before consensus hears of it. The file is kept until consensus has decided.
 */
final class IncomingState implements TransferSink {

  private static final Logger LOG = LoggerFactory.getLogger(IncomingState.class);

  private static final String FILE = "state";
  private static final int READ_BYTES = 1 << 20;

  /** One record makes the longest chunk; far above any request. */
  private static final long MAX_CHUNK_BYTES = 256L << 20;

  private final Loop work;
  private final EngineHome home;
  private final Consensus consensus;
  private final InstallMeter meter;
  private final AtomicReference<@Nullable Stored> here = new AtomicReference<>();

  /** Who decides about a state that is here. */
  interface Consensus {
    Future<Boolean> received(Loop caller, Message.InstallSnapshot snapshot);
  }

  IncomingState(Loop work, EngineHome home, Consensus consensus, InstallMeter meter) {
    this.work = work;
    this.home = home;
    this.consensus = consensus;
    this.meter = meter;
  }

  @Override
  public @Nullable Arriving begin(Loop caller, Message.InstallSnapshot snapshot, long leastBytes) {
    Stored made = new Stored(caller, snapshot, leastBytes);
    return here.compareAndSet(null, made) ? made : null;
  }

  /**
   * Reads a state that is here. On the transfer loop.
   *
   * @param goOn asked between chunks
   */
  void read(Transfer transfer, TransferReader into, BooleanSupplier goOn) throws IOException {
    Stored stored = here.get();
    if (stored == null || !stored.snapshot.transfer().equals(transfer)) {
      throw new IOException("no transfer snapshot of " + transfer.last() + " is here");
    }
    try (DataInputStream in =
        new DataInputStream(
            new BufferedInputStream(Files.newInputStream(stored.path()), READ_BYTES))) {
      boolean first = true;
      while (!into.complete()) {
        if (!goOn.getAsBoolean()) {
          throw new IOException("this member stops");
        }
        int front = in.readInt();
        long bytes = TransferReader.chunkBytes(first, front);
        if (bytes > MAX_CHUNK_BYTES) {
          throw new IOException("a chunk of " + bytes + " bytes in " + stored.path());
        }
        byte[] chunk = new byte[(int) bytes];
        ByteBuffer.wrap(chunk).putInt(front);
        in.readFully(chunk, Integer.BYTES, chunk.length - Integer.BYTES);
        into.accept(chunk);
        first = false;
      }
    }
  }

  /** One state; chunks are taken on the transfer loop. */
  private final class Stored implements Arriving {
    private final Loop caller;
    private final Message.InstallSnapshot snapshot;
    private final long leastBytes;

    /** The peer loop's. */
    private boolean decided;

    // The transfer loop's.
    private final TransferReader verifier = TransferReader.verifying();
    private @Nullable Path directory;
    private @Nullable FileChannel file;
    private long beganNs;

    Stored(Loop caller, Message.InstallSnapshot snapshot, long leastBytes) {
      this.caller = caller;
      this.snapshot = snapshot;
      this.leastBytes = leastBytes;
    }

    Path path() throws IOException {
      Path in = directory;
      if (in == null) {
        throw new IOException("nothing was received");
      }
      return in.resolve(FILE);
    }

    @Override
    public Future<Boolean> chunk(byte[] bytes) {
      Promise<Boolean> promise = caller.promise();
      work.execute(
          () -> {
            try {
              promise.tryComplete(take(bytes));
            } catch (IOException | EngineException e) {
              LOG.warn(
                  "the transfer snapshot of {} is refused: {}",
                  snapshot.transfer().last(),
                  e.getMessage());
              promise.tryFail(e);
            }
          });
      return promise.future();
    }

    @Override
    public Future<Boolean> install() {
      decided = true;
      return consensus.received(caller, snapshot).onComplete(done -> work.execute(this::drop));
    }

    @Override
    public void abandon() {
      if (!decided) {
        decided = true;
        work.execute(this::drop);
      }
    }

    private boolean take(byte[] bytes) throws IOException {
      verifier.accept(bytes);
      FileChannel to = file;
      if (to == null) {
        beganNs = work.nowNs();
        checkRoom();
        directory = home.incoming();
        to =
            FileChannel.open(
                path(),
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        file = to;
      }
      ByteBuffer out = ByteBuffer.wrap(bytes);
      while (out.hasRemaining()) {
        to.write(out);
      }
      if (!verifier.complete()) {
        return false;
      }
      EngineState state = verifier.finish();
      EntryId last = new EntryId(state.appliedIndex(), state.appliedTerm());
      if (!last.equals(snapshot.transfer().last())) {
        throw new IOException("the stream holds the state of " + last);
      }
      long syncNs = work.nowNs();
      to.force(true);
      meter.syncsNs().record(work.nowNs() - syncNs);
      to.close();
      file = null;
      try (FileChannel entries = FileChannel.open(path().getParent(), StandardOpenOption.READ)) {
        entries.force(true);
      }
      meter.savesNs().record(work.nowNs() - beganNs);
      return true;
    }

    /** The stream and, beside the live engine, one that may need half of its bytes. */
    private void checkRoom() throws IOException {
      long needed = leastBytes / 2 * 3;
      long free = home.freeBytes();
      if (free < needed) {
        throw new IOException(
            "no room for it: " + needed + " bytes at least are needed, " + free + " are free");
      }
    }

    private void drop() {
      verifier.close();
      try {
        if (file != null) {
          file.close();
        }
        if (directory != null) {
          home.remove(directory);
        }
      } catch (IOException e) {
        LOG.warn("what was received could not be removed: {}", e.getMessage());
      }
      here.compareAndSet(this, null);
    }
  }
}
