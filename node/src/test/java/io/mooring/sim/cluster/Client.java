package io.mooring.sim.cluster;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.mooring.api.etcdserverpb.DeleteRangeRequest;
import io.mooring.api.etcdserverpb.DeleteRangeResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.TxnRequest;
import io.mooring.api.etcdserverpb.TxnResponse;
import io.mooring.check.Operation;
import io.mooring.check.Operation.Kind;
import io.mooring.check.Operation.Mode;
import io.mooring.check.Operation.Outcome;
import io.mooring.check.Version;
import io.mooring.it.cluster.Calls;
import io.mooring.it.cluster.KeySpace;
import io.mooring.service.CallContext;
import io.mooring.service.Payload;
import io.mooring.sim.cluster.Courier.Answer;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One client: one call at a time, never repeated, all of them recorded. After a call without an
 * answer it goes on with another member, as what it may have done stays open.
 */
final class Client {

  private static final int OLD_REVISIONS = 200;

  private final World world;
  private final int id;
  private final Random random;
  private final KeySpace keys;
  private final boolean reader;
  private final long pauseNs;
  private final List<Operation> history = new ArrayList<>();

  /** Mod revision of each register as this client last saw it. */
  private final Map<String, Long> lastMod = new HashMap<>();

  private Member server;
  private long lastRevision = 1;
  private int written;
  private boolean stopped;
  private boolean open;

  /**
   * A client.
   *
   * @param reader it only reads, and asks another member each time: whoever is out of date is found
   */
  Client(World world, int id, KeySpace keys, boolean reader) {
    this.reader = reader;
    this.world = world;
    this.id = id;
    this.random = new Random(world.random.nextLong());
    this.keys = keys;
    this.server = world.anyMember();
    this.pauseNs = 1 + world.random.nextLong(100 * Settings.MS);
  }

  List<Operation> history() {
    return history;
  }

  /** Begins; on its own from here on. */
  void start() {
    world.courier.loop.timer(random.nextInt(1_000_000), this::next);
  }

  void stop() {
    stopped = true;
  }

  /** Whether it waits for an answer. */
  boolean isOpen() {
    return open;
  }

  private void next() {
    if (stopped) {
      return;
    }
    open = true;
    int dice = random.nextInt(100);
    if (reader) {
      server = world.anyMember();
      get(Mode.LINEARIZABLE);
    } else if (dice < 12) {
      list(Mode.LINEARIZABLE);
    } else if (dice < 30) {
      append();
    } else if (dice < 50) {
      get(Mode.LINEARIZABLE);
    } else if (dice < 57) {
      get(Mode.SERIALIZABLE);
    } else if (dice < 60) {
      list(Mode.SERIALIZABLE);
    } else if (dice < 63) {
      get(Mode.AT_REVISION);
    } else if (dice < 66) {
      list(Mode.AT_REVISION);
    } else if (dice < 80) {
      put();
    } else if (dice < 95) {
      compareAndSet();
    } else {
      delete();
    }
  }

  private void ended(Operation operation) {
    open = false;
    history.add(operation);
    world.trace.note(
        world.nowNs(),
        operation.kind().name(),
        id,
        operation.revision(),
        operation.outcome().ordinal());
    if (operation.answered()) {
      remember(operation);
    } else {
      server = world.anyMember();
    }
    world.courier.loop.timer(1 + (long) (random.nextDouble() * pauseNs), this::next);
  }

  private void remember(Operation operation) {
    if (operation.mode() != Mode.LINEARIZABLE) {
      return;
    }
    lastRevision = Math.max(lastRevision, operation.revision());
    if (!operation.object().startsWith("r/")) {
      return;
    }
    if (operation.kind() == Kind.DELETE) {
      lastMod.put(operation.object(), 0L);
    } else if (operation.changed()) {
      lastMod.put(operation.object(), operation.revision());
    } else if (operation.observed() != null) {
      List<Version> seen = operation.observed();
      lastMod.put(operation.object(), seen.isEmpty() ? 0 : seen.get(0).modRevision());
    }
  }

  private void get(Mode mode) {
    String register = keys.register(random);
    read(register, mode, revision -> Calls.get(register, mode, revision));
  }

  private void list(Mode mode) {
    String list = keys.generation(keys.list(random));
    read(list, mode, revision -> Calls.list(list, mode, revision));
  }

  private void read(String object, Mode mode, Function<Long, RangeRequest> request) {
    long revision =
        mode == Mode.AT_REVISION ? Math.max(1, lastRevision - random.nextInt(OLD_REVISIONS)) : 0;
    RangeRequest range = request.apply(revision);
    new Call<RangeResponse>(object, Kind.GET, mode, null, 0)
        .send(
            (life, context) -> life.kv.range(context, range),
            RangeResponse.parser(),
            (call, response) ->
                call.done(
                    Calls.versions(response),
                    revision > 0 ? revision : response.getHeader().getRevision()));
  }

  private void put() {
    boolean previous = random.nextInt(3) == 0;
    String value = value();
    Call<PutResponse> call =
        new Call<>(keys.register(random), Kind.PUT, Mode.LINEARIZABLE, value, 0);
    PutRequest request = Calls.put(call.object, value, previous);
    call.send(
        (life, context) -> life.kv.put(context, request),
        PutResponse.parser(),
        (same, response) -> {
          List<Version> before =
              Calls.versions(response.hasPrevKv() ? List.of(response.getPrevKv()) : List.of());
          return same.done(previous ? before : null, response.getHeader().getRevision());
        });
  }

  private void delete() {
    Call<DeleteRangeResponse> call =
        new Call<>(keys.register(random), Kind.DELETE, Mode.LINEARIZABLE, null, 0);
    DeleteRangeRequest request = Calls.delete(call.object);
    call.send(
        (life, context) -> life.kv.deleteRange(context, request),
        DeleteRangeResponse.parser(),
        (same, response) ->
            same.done(
                Calls.versions(response.getPrevKvsList()), response.getHeader().getRevision()));
  }

  private void compareAndSet() {
    String register = keys.register(random);
    long expected = lastMod.getOrDefault(register, 0L);
    String value = value();
    TxnRequest request = Calls.compareAndSet(register, expected, value);
    new Call<TxnResponse>(register, Kind.CAS, Mode.LINEARIZABLE, value, expected)
        .send(
            (life, context) -> life.kv.txn(context, request),
            TxnResponse.parser(),
            (call, response) -> {
              long revision = response.getHeader().getRevision();
              return response.getSucceeded()
                  ? call.done(null, revision)
                  : call.refused(
                      Calls.versions(response.getResponses(0).getResponseRange()), revision);
            });
  }

  private void append() {
    int list = keys.list(random);
    boolean read = random.nextInt(3) == 0;
    String value = value();
    Call<TxnResponse> call =
        new Call<>(keys.append(list), Kind.APPEND, Mode.LINEARIZABLE, value, 0);
    TxnRequest request = Calls.append(call.object, KeySpace.twin(list), value, read);
    call.send(
        (life, context) -> life.kv.txn(context, request),
        TxnResponse.parser(),
        (same, response) ->
            same.done(
                read ? Calls.versions(response.getResponses(2).getResponseRange()) : null,
                response.getHeader().getRevision()));
  }

  private String value() {
    return "c" + id + "-" + written++;
  }

  /** A call on its way. */
  private final class Call<R extends MessageLite> {
    private final String object;
    private final Kind kind;
    private final Mode mode;
    private final @Nullable String value;
    private final long expectedMod;
    private final long callNs = world.nowNs();

    Call(String object, Kind kind, Mode mode, @Nullable String value, long expectedMod) {
      this.object = object;
      this.kind = kind;
      this.mode = mode;
      this.value = value;
      this.expectedMod = expectedMod;
    }

    void send(
        BiFunction<Life, CallContext, Future<Payload>> ask,
        Parser<R> parser,
        BiFunction<Call<R>, R, Operation> understand) {
      world.courier.call(
          server,
          ask,
          parser,
          (Answer<R> answer) ->
              ended(
                  answer.ok() ? understand.apply(this, answer.get()) : without(answer.outcome())));
    }

    Operation done(@Nullable List<Version> observed, long revision) {
      return with(Outcome.DONE, world.nowNs(), observed, revision);
    }

    Operation refused(List<Version> observed, long revision) {
      return with(Outcome.REFUSED, world.nowNs(), observed, revision);
    }

    Operation without(Outcome outcome) {
      long end = outcome == Outcome.UNKNOWN ? Operation.NEVER : world.nowNs();
      return with(outcome, end, null, 0);
    }

    private Operation with(
        Outcome outcome, long endNs, @Nullable List<Version> observed, long revision) {
      return new Operation(
          id, object, kind, mode, value, expectedMod, callNs, endNs, outcome, observed, revision);
    }
  }
}
