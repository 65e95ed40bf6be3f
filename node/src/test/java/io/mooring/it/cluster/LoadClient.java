package io.mooring.it.cluster;

import com.google.protobuf.Message;
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
import io.mooring.it.RawClient.Reply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One client: one call at a time, never repeated, all of them recorded. After a call without an
 * answer it goes on with the next server, as what it may have done stays open.
 */
final class LoadClient implements Runnable {

  private static final long PAUSE_MS = 20;
  private static final int OLD_REVISIONS = 200;

  private final int id;
  private final Random random;
  private final KeySpace keys;
  private final Endpoints endpoints;
  private final CountDownLatch stop;
  private final AtomicLong answered;
  private final List<Operation> history = new ArrayList<>();

  /** Mod revision of each register as this client last saw it. */
  private final Map<String, Long> lastMod = new HashMap<>();

  private long lastRevision = 1;
  private int written;

  /**
   * A client.
   *
   * @param endpoints its own, closed by itself when it ends
   * @param stop at zero, it ends
   * @param answered counts answers of all clients
   */
  LoadClient(
      int id,
      long seed,
      KeySpace keys,
      Endpoints endpoints,
      CountDownLatch stop,
      AtomicLong answered) {
    this.id = id;
    this.random = new Random(seed);
    this.keys = keys;
    this.endpoints = endpoints;
    this.stop = stop;
    this.answered = answered;
  }

  /** What it did; to be read after its thread has ended. */
  List<Operation> history() {
    return history;
  }

  @Override
  public void run() {
    try (endpoints) {
      while (stop.getCount() > 0) {
        Operation operation = next();
        history.add(operation);
        if (operation.answered()) {
          answered.incrementAndGet();
          remember(operation);
        } else {
          endpoints.next();
          stop.await(PAUSE_MS, TimeUnit.MILLISECONDS);
        }
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
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

  private Operation next() {
    int dice = random.nextInt(100);
    if (dice < 12) {
      return list(Mode.LINEARIZABLE);
    }
    if (dice < 30) {
      return append();
    }
    if (dice < 50) {
      return get(Mode.LINEARIZABLE);
    }
    if (dice < 54) {
      return random.nextBoolean() ? get(Mode.SERIALIZABLE) : list(Mode.SERIALIZABLE);
    }
    if (dice < 58) {
      return random.nextBoolean() ? get(Mode.AT_REVISION) : list(Mode.AT_REVISION);
    }
    if (dice < 76) {
      return put();
    }
    return dice < 95 ? compareAndSet() : delete();
  }

  private Operation get(Mode mode) {
    String register = keys.register(random);
    return read(register, mode, revision -> Calls.get(register, mode, revision));
  }

  private Operation list(Mode mode) {
    String list = keys.generation(keys.list(random));
    return read(list, mode, revision -> Calls.list(list, mode, revision));
  }

  private Operation read(
      String object, Mode mode, java.util.function.LongFunction<RangeRequest> request) {
    long revision =
        mode == Mode.AT_REVISION ? Math.max(1, lastRevision - random.nextInt(OLD_REVISIONS)) : 0;
    Call call = new Call(object, Kind.GET, mode, null, 0);
    Reply<RangeResponse> reply =
        call.send(
            "etcdserverpb.KV/Range", request.apply(revision), RangeResponse.getDefaultInstance());
    return reply.ok()
        ? call.done(
            Calls.versions(reply.value()),
            revision > 0 ? revision : reply.value().getHeader().getRevision())
        : call.without(Outcomes.of(reply.status()));
  }

  private Operation put() {
    boolean previous = random.nextInt(3) == 0;
    Call call = new Call(keys.register(random), Kind.PUT, Mode.LINEARIZABLE, value(), 0);
    PutRequest request = Calls.put(call.object, String.valueOf(call.value), previous);
    Reply<PutResponse> reply =
        call.send("etcdserverpb.KV/Put", request, PutResponse.getDefaultInstance());
    if (!reply.ok()) {
      return call.without(Outcomes.of(reply.status()));
    }
    PutResponse response = reply.value();
    List<Version> before =
        Calls.versions(response.hasPrevKv() ? List.of(response.getPrevKv()) : List.of());
    return call.done(previous ? before : null, response.getHeader().getRevision());
  }

  private Operation delete() {
    Call call = new Call(keys.register(random), Kind.DELETE, Mode.LINEARIZABLE, null, 0);
    DeleteRangeRequest request = Calls.delete(call.object);
    Reply<DeleteRangeResponse> reply =
        call.send("etcdserverpb.KV/DeleteRange", request, DeleteRangeResponse.getDefaultInstance());
    return reply.ok()
        ? call.done(
            Calls.versions(reply.value().getPrevKvsList()), reply.value().getHeader().getRevision())
        : call.without(Outcomes.of(reply.status()));
  }

  private Operation compareAndSet() {
    String register = keys.register(random);
    long expected = lastMod.getOrDefault(register, 0L);
    Call call = new Call(register, Kind.CAS, Mode.LINEARIZABLE, value(), expected);
    TxnRequest request = Calls.compareAndSet(register, expected, String.valueOf(call.value));
    Reply<TxnResponse> reply =
        call.send("etcdserverpb.KV/Txn", request, TxnResponse.getDefaultInstance());
    if (!reply.ok()) {
      return call.without(Outcomes.of(reply.status()));
    }
    TxnResponse response = reply.value();
    long revision = response.getHeader().getRevision();
    return response.getSucceeded()
        ? call.done(null, revision)
        : call.refused(Calls.versions(response.getResponses(0).getResponseRange()), revision);
  }

  private Operation append() {
    int list = keys.list(random);
    boolean read = random.nextInt(3) == 0;
    Call call = new Call(keys.append(list), Kind.APPEND, Mode.LINEARIZABLE, value(), 0);
    TxnRequest request =
        Calls.append(call.object, KeySpace.twin(list), String.valueOf(call.value), read);
    Reply<TxnResponse> reply =
        call.send("etcdserverpb.KV/Txn", request, TxnResponse.getDefaultInstance());
    if (!reply.ok()) {
      return call.without(Outcomes.of(reply.status()));
    }
    TxnResponse response = reply.value();
    return call.done(
        read ? Calls.versions(response.getResponses(2).getResponseRange()) : null,
        response.getHeader().getRevision());
  }

  private String value() {
    return "c" + id + "-" + written++;
  }

  /** A call on its way. */
  private final class Call {
    private final String object;
    private final Kind kind;
    private final Mode mode;
    private final @Nullable String value;
    private final long expectedMod;
    private long callNs;
    private long returnNs;

    Call(String object, Kind kind, Mode mode, @Nullable String value, long expectedMod) {
      this.object = object;
      this.kind = kind;
      this.mode = mode;
      this.value = value;
      this.expectedMod = expectedMod;
    }

    <R extends Message> Reply<R> send(String path, Message request, R reply) {
      callNs = System.nanoTime();
      Reply<R> answer = endpoints.current().call(path, request, reply);
      returnNs = System.nanoTime();
      return answer;
    }

    Operation done(@Nullable List<Version> observed, long revision) {
      return with(Outcome.DONE, returnNs, observed, revision);
    }

    Operation refused(List<Version> observed, long revision) {
      return with(Outcome.REFUSED, returnNs, observed, revision);
    }

    Operation without(Outcome outcome) {
      long end = outcome == Outcome.UNKNOWN ? Operation.NEVER : returnNs;
      return with(outcome, end, null, 0);
    }

    private Operation with(
        Outcome outcome, long endNs, @Nullable List<Version> observed, long revision) {
      return new Operation(
          id, object, kind, mode, value, expectedMod, callNs, endNs, outcome, observed, revision);
    }
  }
}
