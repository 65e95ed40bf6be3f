package io.mooring.sim.cluster;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.mooring.api.etcdserverpb.WatchResponse;
import io.mooring.base.WireBuffer;
import io.mooring.check.Change;
import io.mooring.check.CommittedLog;
import io.mooring.check.Report;
import io.mooring.check.WatchCheck;
import io.mooring.check.WatchTape;
import io.mooring.it.cluster.KeySpace;
import io.mooring.machine.mvcc.KeyRange;
import io.mooring.watch.WatchSession;
import io.mooring.watch.WatchSpec;
import io.mooring.watch.WatchStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A client that follows a prefix, one stream at a time, now with this member, now with that; slow
 * at times. A compaction that has overtaken it begins a new tape.
 */
final class Follower {

  private static final int CAPACITY = 3;

  private final World world;
  private final String name;
  private final String prefix;
  private final SplittableRandom random;
  private final List<WatchTape> ended = new ArrayList<>();
  private final List<Long> endedThrough = new ArrayList<>();
  private final PreviousValues previous = new PreviousValues();
  private WatchTape tape;
  private long lastRevision;
  private @Nullable Stream stream;
  private long compactions;
  private boolean stays;
  private boolean stopped;

  Follower(World world, int id, String prefix) {
    this.world = world;
    this.name = "follower " + id;
    this.prefix = prefix;
    this.random = world.random.split();
    this.tape = new WatchTape(name, prefix, 1, new ArrayList<>());
  }

  void start() {
    world.courier.loop.timer(
        random.nextLong(4 * Settings.SECOND),
        () -> {
          if (!stopped) {
            look();
            start();
          }
        });
  }

  /** Follows no more. */
  void stop() {
    stopped = true;
    leave();
  }

  /** Opens a stream where there is none, and leaves one now and then. */
  private void look() {
    Stream now = stream;
    if (now != null && (now.life.member.life() != now.life || (!stays && random.nextInt(3) == 0))) {
      leave();
      now = null;
    }
    Member to = world.anyMember();
    Life life = to.life();
    if (now == null && life != null && life.serving) {
      Stream made = new Stream(life);
      stream = made;
      life.clientLoop.execute(made::open);
    } else if (now != null && random.nextBoolean()) {
      now.askForProgress();
    }
  }

  /** Changes streams no more, unless its member dies. */
  void stay() {
    stays = true;
  }

  private void leave() {
    Stream now = stream;
    stream = null;
    if (now != null) {
      now.life.clientLoop.execute(now::close);
    }
  }

  long lastRevision() {
    return lastRevision;
  }

  String prefix() {
    return prefix;
  }

  private void heard(Stream from, WatchResponse response) {
    if (from != stream) {
      return;
    }
    if (response.getCanceled()) {
      Truth.that(
          response.getCompactRevision() > 0, () -> "P16 " + name + " was canceled: " + response);
      compacted(response.getCompactRevision());
      leave();
      return;
    }
    if (response.getCreated()) {
      return;
    }
    response.getEventsList().forEach(previous::heard);
    List<Change> changes = response.getEventsList().stream().map(Change::of).toList();
    tape.responses()
        .add(new WatchTape.Response(world.nowNs(), response.getHeader().getRevision(), changes));
    if (!changes.isEmpty()) {
      lastRevision = changes.get(changes.size() - 1).revision();
      world.trace.note(world.nowNs(), "event", lastRevision, changes.size(), 0);
    }
  }

  /** What is compacted it will never hear. */
  private void compacted(long revision) {
    Truth.that(
        revision > lastRevision + 1,
        () -> "P13 " + name + " needs " + (lastRevision + 1) + ", refused with " + revision);
    compactions++;
    ended.add(tape);
    endedThrough.add(lastRevision);
    lastRevision = revision - 1;
    tape = new WatchTape(name, prefix, revision, new ArrayList<>());
  }

  /** Holds everything that it heard against what was committed (P9 to P16). */
  void judge(CommittedLog log, Report report) {
    for (int i = 0; i < ended.size(); i++) {
      WatchCheck.check(ended.get(i), log, endedThrough.get(i), report);
    }
    WatchCheck.check(tape, log, log.lastRevision(), report);
    previous.judge(log, report);
    report.judged("compacted followers", compactions);
  }

  /** One stream, on its member's client loop, with room for a few responses. */
  private final class Stream implements WatchStream {
    private final Life life;
    private final ArrayDeque<WatchResponse> queued = new ArrayDeque<>();
    private @Nullable WatchSession session;
    private boolean wasFull;
    private boolean taking;
    private boolean closed;

    Stream(Life life) {
      this.life = life;
    }

    void open() {
      if (closed) {
        return;
      }
      WatchSession opened = life.hub.open(this);
      session = opened;
      ByteString key = prefix.isEmpty() ? KeySpace.bytes("\0") : KeySpace.bytes(prefix);
      boolean progress = random.nextBoolean();
      opened.create(
          new WatchSpec(
              0,
              KeyRange.of(key, KeySpace.endOf(prefix)),
              lastRevision + 1,
              false,
              false,
              random.nextBoolean(),
              progress,
              false));
    }

    void askForProgress() {
      life.clientLoop.execute(
          () -> {
            if (session != null && !closed) {
              session.requestProgress();
            }
          });
    }

    void close() {
      closed = true;
      if (session != null) {
        session.close();
      }
    }

    @Override
    public boolean full() {
      boolean full = queued.size() >= CAPACITY;
      wasFull |= full;
      return full;
    }

    @Override
    public void write(WireBuffer response) {
      try {
        queued.add(WatchResponse.parseFrom(response.toByteArray()));
      } catch (InvalidProtocolBufferException e) {
        throw new AssertionError("a response that cannot be parsed", e);
      }
      takeLater();
    }

    private void takeLater() {
      if (!taking) {
        taking = true;
        long slowNs = random.nextInt(30) == 0 ? Settings.SECOND : 5 * Settings.MS;
        life.clientLoop.timer(1 + random.nextLong(slowNs), this::take);
      }
    }

    private void take() {
      taking = false;
      WatchResponse response = queued.poll();
      if (response == null) {
        return;
      }
      // Responses of one stream arrive in order: the delay is that of taking them.
      world.courier.loop.execute(() -> heard(this, response));
      if (wasFull && session != null && !closed) {
        wasFull = false;
        session.drained();
      }
      if (!queued.isEmpty()) {
        takeLater();
      }
    }
  }
}
