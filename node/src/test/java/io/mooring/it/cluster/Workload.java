package io.mooring.it.cluster;

import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.check.Change;
import io.mooring.check.CommittedLog;
import io.mooring.check.LeaseTape;
import io.mooring.check.Operation;
import io.mooring.check.Report;
import io.mooring.check.Verdicts;
import io.mooring.check.WatchTape;
import io.mooring.it.RawClient.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;

/**
 * A recorded load on one or more servers: clients on registers and lists, watchers that follow
 * across servers, leases left to expire. Faults are the affair of whoever runs it.
 *
 * <pre>
 *   try (Workload load = Workload.start(ports, seed, 16)) {
 *     load.awaitAnswers(500);
 *     ... faults ...
 *     Report report = load.judge();
 *   }
 * </pre>
 */
public final class Workload implements AutoCloseable {

  private static final long CALL_TIMEOUT_MS = 1_000;
  private static final long LOYAL_TIMEOUT_MS = 30_000;
  private static final Duration SILENCE = Duration.ofSeconds(2);
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Duration POLL = Duration.ofMillis(20);

  private final List<Integer> ports;
  private final long seed;
  private final KeySpace keys = new KeySpace();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final AtomicLong answered = new AtomicLong();
  private final AtomicReference<Throwable> crash = new AtomicReference<>();
  private final List<LoadClient> clients = new ArrayList<>();
  private final List<WatchFollower> watchers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final LeaseUser leaseUser;

  private Workload(List<Integer> ports, long seed, int clientCount) {
    this.ports = List.copyOf(ports);
    this.seed = seed;
    for (int i = 0; i < clientCount; i++) {
      clients.add(new LoadClient(i, seed + i, keys, endpoints(i), stop, answered));
    }
    watchers.add(new WatchFollower("watch all", "", 1, endpoints(0)));
    watchers.add(new WatchFollower("watch lists", "l/", 1, endpoints(1)));
    watchers.add(new WatchFollower("watch registers", "r/", 1, endpoints(2)));
    this.leaseUser = new LeaseUser(endpoints(1), stop);
  }

  /**
   * Starts it on empty servers.
   *
   * @param ports client ports, all of one cluster
   * @param seed of what the clients do; what the servers do with it differs from run to run
   */
  public static Workload start(List<Integer> ports, long seed, int clientCount) {
    Workload load = new Workload(ports, seed, clientCount);
    load.clients.forEach(client -> load.thread("client", client));
    load.thread("leases", load.leaseUser);
    load.thread("watchers", load::keepWatching);
    return load;
  }

  /**
   * Has one more client for each server that asks no other server, and waits long for an answer: it
   * is there when a server that stood still goes on. To be called once.
   */
  public void addLoyalClients() {
    for (int port : ports) {
      Endpoints endpoints = new Endpoints(List.of(port), 0, LOYAL_TIMEOUT_MS);
      int id = clients.size();
      LoadClient client = new LoadClient(id, seed + id, keys, endpoints, stop, answered);
      clients.add(client);
      thread("client", client);
    }
  }

  /** Answers so far, of all clients. */
  public long answered() {
    return answered.get();
  }

  /** Waits for more answers: proof that load runs. */
  public void awaitAnswers(long more) {
    long target = answered.get() + more;
    Awaitility.await()
        .atMost(LIMIT)
        .pollInterval(POLL)
        .failFast(this::failIfCrashed)
        .until(() -> answered.get() >= target);
  }

  /**
   * Ends the load, waits until every watcher has been told all, and judges everything. The servers
   * must be whole again; each is asked for the committed log, and all must tell the same.
   */
  public Report judge() {
    stopClients();
    long last = lastWrite();
    CommittedLog log = new CommittedLog(changesOf(ports.get(0), last));
    for (WatchFollower watcher : watchers) {
      long through = lastRevisionUnder(watcher.tape().prefix(), log);
      Awaitility.await(watcher.tape().name() + " to revision " + through)
          .atMost(LIMIT)
          .pollInterval(POLL)
          .until(
              () -> {
                watcher.keepGoing(SILENCE);
                return watcher.refusal() != null || watcher.lastRevision() >= through;
              });
    }
    List<Operation> history = new ArrayList<>();
    clients.forEach(client -> history.addAll(client.history()));
    List<WatchTape> tapes = watchers.stream().map(each -> upTo(last, each.tape())).toList();
    List<LeaseTape> leases = leaseUser.leases();
    Report report = Verdicts.judge(history, log, tapes, leases);
    for (WatchFollower watcher : watchers) {
      report.judged("watch streams", watcher.streams());
      report.check(watcher.refusal() == null, "P13 refused: %s", watcher.refusal());
    }
    for (int port : ports.subList(1, ports.size())) {
      report.check(
          changesOf(port, last).equals(log.changes()), "P25 the log differs on port %d", port);
    }
    return report;
  }

  @Override
  public void close() {
    stopClients();
    watchers.forEach(WatchFollower::close);
  }

  private void stopClients() {
    stop.countDown();
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    failIfCrashed();
  }

  private void failIfCrashed() {
    Throwable cause = crash.get();
    if (cause != null) {
      throw new IllegalStateException("a client of the workload failed", cause);
    }
  }

  private void keepWatching() {
    try {
      do {
        watchers.forEach(watcher -> watcher.keepGoing(SILENCE));
      } while (!stop.await(POLL.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Writes once more and returns the revision: everything before is at or below it. */
  private long lastWrite() {
    AtomicLong revision = new AtomicLong();
    try (Endpoints endpoints = endpoints(0)) {
      Awaitility.await("a last write")
          .atMost(LIMIT)
          .pollInterval(POLL)
          .until(
              () -> {
                Reply<PutResponse> reply =
                    endpoints
                        .next()
                        .call(
                            "etcdserverpb.KV/Put",
                            Calls.put("end", "end" + System.nanoTime(), false),
                            PutResponse.getDefaultInstance());
                if (reply.ok()) {
                  revision.set(reply.value().getHeader().getRevision());
                }
                return reply.ok();
              });
    }
    return revision.get();
  }

  /** A tape without what was told behind the log's end, such as leases that expired since. */
  private static WatchTape upTo(long last, WatchTape tape) {
    List<WatchTape.Response> kept =
        tape.responses().stream()
            .filter(each -> each.changes().isEmpty() || each.changes().get(0).revision() <= last)
            .map(
                each ->
                    new WatchTape.Response(
                        each.seenNs(),
                        each.headerRevision(),
                        each.changes().stream().filter(one -> one.revision() <= last).toList()))
            .toList();
    return new WatchTape(tape.name(), tape.prefix(), tape.startRevision(), kept);
  }

  private static long lastRevisionUnder(String prefix, CommittedLog log) {
    return log.changes().stream()
        .filter(change -> change.key().startsWith(prefix))
        .mapToLong(Change::revision)
        .max()
        .orElse(0);
  }

  /** The committed log as one server tells it, up to a revision. */
  private List<Change> changesOf(int port, long through) {
    try (WatchFollower reader =
        new WatchFollower("log", "", 1, new Endpoints(List.of(port), 0, CALL_TIMEOUT_MS))) {
      Awaitility.await("log of port " + port + " to " + through)
          .atMost(LIMIT)
          .pollInterval(POLL)
          .until(
              () -> {
                reader.keepGoing(SILENCE);
                return reader.lastRevision() >= through;
              });
      return reader.tape().responses().stream()
          .flatMap(response -> response.changes().stream())
          .filter(change -> change.revision() <= through)
          .toList();
    }
  }

  private Endpoints endpoints(int first) {
    return new Endpoints(ports, first, CALL_TIMEOUT_MS);
  }

  private void thread(String name, Runnable task) {
    Thread thread = new Thread(task, "workload-" + name);
    thread.setDaemon(true);
    thread.setUncaughtExceptionHandler((where, cause) -> crash.compareAndSet(null, cause));
    threads.add(thread);
    thread.start();
  }
}
