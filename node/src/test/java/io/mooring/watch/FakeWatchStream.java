package io.mooring.watch;

import com.google.protobuf.InvalidProtocolBufferException;
import io.mooring.api.etcdserverpb.WatchResponse;
import io.mooring.base.WireBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** A client that takes responses when the test says so; full beyond a number of them. */
final class FakeWatchStream implements WatchStream {

  private final ArrayDeque<WatchResponse> queued = new ArrayDeque<>();
  private final List<WatchResponse> taken = new ArrayList<>();
  private final int capacity;
  private boolean wasFull;
  int mostQueued;

  /** Runs at each write. */
  Runnable onWrite = () -> {};

  FakeWatchStream(int capacity) {
    this.capacity = capacity;
  }

  @Override
  public boolean full() {
    boolean full = queued.size() >= capacity;
    wasFull |= full;
    return full;
  }

  @Override
  public void write(WireBuffer response) {
    try {
      queued.add(WatchResponse.parseFrom(response.toByteArray()));
      mostQueued = Math.max(mostQueued, queued.size());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("a response that cannot be parsed", e);
    }
    onWrite.run();
  }

  /** The client takes some responses; true when the hub must be told that there is room. */
  boolean take(int count) {
    for (int i = 0; i < count && !queued.isEmpty(); i++) {
      taken.add(queued.remove());
    }
    boolean drained = wasFull && queued.size() < capacity;
    wasFull &= !drained;
    return drained;
  }

  /** What the client has taken so far, in order. */
  List<WatchResponse> taken() {
    return taken;
  }

  int queuedCount() {
    return queued.size();
  }
}
