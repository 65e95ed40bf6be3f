package io.mooring.sim.cluster;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.mooring.api.storage.EngineException;
import io.mooring.check.Operation.Outcome;
import io.mooring.error.EtcdException;
import io.mooring.service.CallContext;
import io.mooring.service.Payload;
import io.mooring.sim.SimScheduler.SimLoop;
import io.vertx.core.Future;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The way from clients to a member's services and back; what it loses, nobody ever hears of. */
final class Courier {

  /** Clients wait so long for an answer. */
  private static final long TIMEOUT_NS = 3 * Settings.SECOND;

  private final World world;
  private final SplittableRandom random;

  /** Where clients live. */
  final SimLoop loop;

  boolean calm;

  /**
   * What came back.
   *
   * @param outcome {@code DONE} with a value, or why there is none
   */
  record Answer<R>(Outcome outcome, @Nullable R value) {
    R get() {
      return java.util.Objects.requireNonNull(value);
    }

    boolean ok() {
      return outcome == Outcome.DONE;
    }
  }

  Courier(World world) {
    this.world = world;
    this.random = world.random.split();
    this.loop = world.scheduler.loop("clients");
  }

  /** Asks a member once; the answer comes on the clients' loop. */
  <R extends MessageLite> void call(
      Member to,
      BiFunction<Life, CallContext, Future<Payload>> ask,
      Parser<R> parser,
      Consumer<Answer<R>> done) {
    ask(
        to,
        (life, context) -> ask.apply(life, context).map(payload -> parsed(payload, parser)),
        done);
  }

  /** Asks a member once for something that needs no parsing. */
  <R> void ask(Member to, BiFunction<Life, CallContext, Future<R>> ask, Consumer<Answer<R>> done) {
    Once<R> once = new Once<>(done);
    loop.timer(TIMEOUT_NS, () -> once.settle(new Answer<>(Outcome.UNKNOWN, null)));
    pass(
        () -> {
          Life life = to.life();
          if (life == null || !life.serving) {
            once.settle(new Answer<>(Outcome.FAILED, null)); // nothing listens there
            return;
          }
          life.clientLoop.execute(() -> serve(life, ask, once));
        });
  }

  private <R> void serve(Life life, BiFunction<Life, CallContext, Future<R>> ask, Once<R> once) {
    long deadlineNs = life.clientLoop.nowNs() + TIMEOUT_NS;
    CallContext context = CallContext.arriving(life.clientLoop, deadlineNs, null, false);
    ask.apply(life, context)
        .onComplete(
            result -> {
              Answer<R> answer =
                  result.succeeded()
                      ? new Answer<>(Outcome.DONE, result.result())
                      : new Answer<>(outcome(result.cause()), null);
              pass(() -> once.settle(answer));
            });
  }

  private void pass(Runnable task) {
    if (calm || random.nextInt(100) >= world.settings.lossPercent()) {
      loop.timer(1 + random.nextLong(world.settings.delayNs()), task);
    }
  }

  private static <R extends MessageLite> R parsed(Payload payload, Parser<R> parser) {
    try {
      MessageLite message = payload.message();
      byte[] bytes =
          message != null
              ? message.toByteArray()
              : java.util.Objects.requireNonNull(payload.encoded()).toByteArray();
      payload.release();
      return parser.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("a reply that cannot be parsed", e);
    }
  }

  /** By the promise of honest outcomes (P7). */
  private static Outcome outcome(Throwable cause) {
    if (cause instanceof EngineException) {
      return Outcome.UNKNOWN;
    }
    if (!(cause instanceof EtcdException refused)) {
      throw new AssertionError("a reply that is no refusal", cause);
    }
    return switch (refused.error().code()) {
      case UNKNOWN ->
          "etcdserver: too many requests".equals(refused.error().text())
              ? Outcome.FAILED
              : Outcome.UNKNOWN;
      case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, INTERNAL, ABORTED, DATA_LOSS ->
          Outcome.UNKNOWN;
      default -> Outcome.FAILED;
    };
  }

  private static final class Once<R> {
    private final Consumer<Answer<R>> done;
    private boolean settled;

    Once(Consumer<Answer<R>> done) {
      this.done = done;
    }

    void settle(Answer<R> answer) {
      if (!settled) {
        settled = true;
        done.accept(answer);
      }
    }
  }
}
