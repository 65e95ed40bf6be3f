package io.mooring.sim.cluster;

import io.mooring.peer.TransferSink;
import io.mooring.peer.TransferSource;
import io.mooring.raft.core.Message;
import org.jspecify.annotations.Nullable;

/**
 * A whole state on its way from one process to another, chunk by chunk, as {@code peer} does it. It
 * breaks with either of them, or with the link between; the sender hears of its end exactly once.
 */
final class Transmission {

  private final Network network;
  private final Life from;
  private final long toId;
  private final long term;
  private final TransferSource source;
  private @Nullable Life to;
  private TransferSource.@Nullable Opened opened;
  private TransferSink.@Nullable Arriving arriving;
  private boolean over;

  Transmission(Network network, Life from, long toId, long term, TransferSource source) {
    this.network = network;
    this.from = from;
    this.toId = toId;
    this.term = term;
    this.source = source;
  }

  void begin() {
    from.peerLoop.execute(
        () -> source.open(from.peerLoop).onSuccess(this::connect).onFailure(cause -> fail()));
  }

  private void connect(TransferSource.Opened state) {
    Member receiver = network.world().member(toId);
    Life there = receiver == null ? null : receiver.life();
    if (over || there == null || !there.serving && there.raft == null) {
      state.close();
      fail();
      return;
    }
    opened = state;
    to = there;
    Message.InstallSnapshot message =
        new Message.InstallSnapshot(from.member.id, toId, term, state.transfer());
    long least = state.leastBytes();
    network.cross(this, from, there, () -> arrive(there, message, least));
  }

  private void arrive(Life there, Message.InstallSnapshot message, long least) {
    TransferSink.Arriving taken =
        over ? null : there.states.sink().begin(there.peerLoop, message, least);
    if (taken == null) {
      fail();
      return;
    }
    arriving = taken;
    network.cross(this, there, from, this::next);
  }

  private void next() {
    TransferSource.Opened state = opened;
    Life there = to;
    if (over || state == null || there == null) {
      return;
    }
    state
        .next()
        .onFailure(cause -> fail())
        .onSuccess(
            chunk -> {
              if (chunk == null) {
                fail(); // the receiver would have known it for the last before
              } else {
                byte[] sent = network.damages() ? damaged(chunk) : chunk;
                network.cross(this, from, there, () -> take(there, sent));
              }
            });
  }

  private byte[] damaged(byte[] chunk) {
    network.world().count("damaged chunk");
    byte[] damaged = chunk.clone();
    damaged[damaged.length / 2] ^= 4;
    return damaged;
  }

  private void take(Life there, byte[] chunk) {
    TransferSink.Arriving sink = arriving;
    if (over || sink == null) {
      return;
    }
    sink.chunk(chunk)
        .onFailure(cause -> fail())
        .onSuccess(
            last -> {
              if (over) {
                return;
              }
              if (last) {
                arriving = null; // from here on consensus decides
                sink.install()
                    .onComplete(
                        done -> {
                          boolean installed = done.succeeded() && done.result();
                          network.world().count(installed ? "installed" : "not installed");
                          network.cross(this, there, from, this::fail);
                        });
              } else {
                network.cross(this, there, from, this::next);
              }
            });
  }

  boolean isTo(Member member) {
    return toId == member.id;
  }

  boolean isOf(Life life) {
    return from == life;
  }

  boolean isFrom(Member member) {
    return from.member == member;
  }

  void died(Member member) {
    if (member == from.member) {
      fail();
    } else if (to != null && member == to.member) {
      arriving = null;
      fail();
    }
  }

  /** The end, whatever came before. */
  void fail() {
    if (!over) {
      cancel();
      from.peerLoop.execute(() -> from.raft.transferEnded(toId));
    }
  }

  /** The end, and nobody is told. */
  void cancel() {
    if (over) {
      return;
    }
    over = true;
    network.ended(this);
    TransferSource.Opened state = opened;
    if (state != null) {
      state.close();
    }
    TransferSink.Arriving sink = arriving;
    Life there = to;
    if (sink != null && there != null) {
      there.peerLoop.execute(sink::abandon);
    }
  }
}
