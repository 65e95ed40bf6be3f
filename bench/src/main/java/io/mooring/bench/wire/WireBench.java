package io.mooring.bench.wire;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.LeaseGrantRequest;
import io.mooring.api.etcdserverpb.LeaseGrantResponse;
import io.mooring.api.etcdserverpb.PutRequest;
import io.mooring.api.etcdserverpb.PutResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.etcdserverpb.StatusRequest;
import io.mooring.api.etcdserverpb.StatusResponse;
import io.mooring.api.etcdserverpb.WatchCreateRequest;
import io.mooring.api.etcdserverpb.WatchRequest;
import io.mooring.api.etcdserverpb.WatchResponse;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.grpc.client.GrpcClientRequest;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The parts of the scripts that h2load cannot do.
 *
 * <pre>
 * frames DIR              write the request bodies for h2load
 * load HOST PORT COUNT    put COUNT keys of 256 bytes, and grant the lease of the keepalive frame
 * revision HOST PORT      print the store revision
 * first HOST PORT         say "warm", then retry one put until it is answered and print
 *                         milliseconds since the epoch
 * leader HOST PORT...     print the port of the member that leads
 * follower HOST PORT...   print the port of a member that does not
 * behind HOST PORT REV    watch everything from REV until the revision it saw first; print the time
 * </pre>
 */
public final class WireBench {

  private static final int OPEN_CALLS = 256;
  private static final long LEASE_TTL_SECONDS = 86_400;

  private final Vertx vertx = Vertx.vertx();
  private final PrintStream out;
  private final Client client;

  private WireBench(PrintStream out, String host, int port) {
    this.out = out;
    this.client = new Client(vertx, host, port);
  }

  /** Runs one command; see the class comment. */
  public static void main(String[] args) throws Exception {
    PrintStream out = System.out;
    if (args.length == 2 && args[0].equals("frames")) {
      Frames.write(Path.of(args[1]));
      return;
    }
    if (args.length < 3) {
      throw new IOException("usage: frames DIR | COMMAND HOST PORT [N]");
    }
    if (args[0].equals("leader") || args[0].equals("follower")) {
      out.println(portOf(args[0].equals("leader"), args));
      return;
    }
    WireBench bench = new WireBench(out, args[1], Integer.parseInt(args[2]));
    try {
      switch (args[0]) {
        case "load" -> bench.load(Long.parseLong(args[3]));
        case "revision" -> out.println(bench.revision());
        case "first" -> bench.first();
        case "behind" -> bench.behind(Long.parseLong(args[3]));
        default -> throw new IOException("unknown command: " + args[0]);
      }
    } finally {
      bench.vertx.close();
    }
  }

  private static int portOf(boolean leads, String... args)
      throws ExecutionException, InterruptedException {
    for (int i = 2; i < args.length; i++) {
      int port = Integer.parseInt(args[i]);
      WireBench bench = new WireBench(System.out, args[1], port);
      try {
        StatusResponse status =
            await(
                bench.client.call(
                    "Maintenance",
                    "Status",
                    StatusRequest.getDefaultInstance(),
                    StatusResponse.getDefaultInstance()));
        if (leads == (status.getLeader() == status.getHeader().getMemberId())) {
          return port;
        }
      } finally {
        bench.vertx.close();
      }
    }
    throw new IllegalStateException("no such member");
  }

  private void load(long count) throws ExecutionException, InterruptedException {
    long startNs = System.nanoTime();
    AtomicLong next = new AtomicLong();
    Promise<Void> done = Promise.promise();
    AtomicLong lanes = new AtomicLong(OPEN_CALLS);
    vertx.runOnContext(
        ignored -> {
          for (int lane = 0; lane < OPEN_CALLS; lane++) {
            lane(next, count)
                .onSuccess(
                    nothing -> {
                      if (lanes.decrementAndGet() == 0) {
                        done.complete();
                      }
                    })
                .onFailure(done::tryFail);
          }
        });
    await(done.future());
    LeaseGrantRequest grant =
        LeaseGrantRequest.newBuilder().setID(Frames.LEASE_ID).setTTL(LEASE_TTL_SECONDS).build();
    await(
        client
            .call("Lease", "LeaseGrant", grant, LeaseGrantResponse.getDefaultInstance())
            .otherwiseEmpty());
    double seconds = (System.nanoTime() - startNs) / 1e9;
    out.printf("loaded %d keys in %.1f s, %.0f puts/s%n", count, seconds, count / seconds);
  }

  private Future<Void> lane(AtomicLong next, long count) {
    Promise<Void> promise = Promise.promise();
    step(next, count, promise);
    return promise.future();
  }

  private void step(AtomicLong next, long count, Promise<Void> promise) {
    long n = next.getAndIncrement();
    if (n >= count) {
      promise.complete();
      return;
    }
    PutRequest put =
        PutRequest.newBuilder().setKey(Frames.key(n)).setValue(Frames.value(n)).build();
    client
        .call("KV", "Put", put, PutResponse.getDefaultInstance())
        .onSuccess(response -> step(next, count, promise))
        .onFailure(promise::tryFail);
  }

  private long revision() throws ExecutionException, InterruptedException {
    RangeRequest range = RangeRequest.newBuilder().setKey(Frames.key(0)).build();
    return await(client.call("KV", "Range", range, RangeResponse.getDefaultInstance()))
        .getHeader()
        .getRevision();
  }

  /**
   * Until somebody listens it only knocks: a client that connects all the time would take half of
   * two cores from the start that is timed. Its own code is warm by then.
   */
  private void first() throws ExecutionException, InterruptedException {
    PutRequest put =
        PutRequest.newBuilder().setKey(Frames.key(0)).setValue(Frames.value(0)).build();
    Practice.run(vertx, put);
    out.println("warm");
    out.flush();
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!client.somebodyListens() && System.nanoTime() - deadlineNs < 0) {
      TimeUnit.MILLISECONDS.sleep(2);
    }
    while (System.nanoTime() - deadlineNs < 0) {
      try {
        await(client.call("KV", "Put", put, PutResponse.getDefaultInstance()));
        out.println(java.time.Instant.now().toEpochMilli());
        return;
      } catch (ExecutionException notYet) {
        TimeUnit.MILLISECONDS.sleep(2);
      }
    }
    throw new IllegalStateException("no put was answered within 60 s");
  }

  private void behind(long fromRevision) throws ExecutionException, InterruptedException {
    long startNs = System.nanoTime();
    long untilRevision = revision();
    AtomicLong events = new AtomicLong();
    Promise<Void> done = Promise.promise();
    WatchRequest create =
        WatchRequest.newBuilder()
            .setCreateRequest(
                WatchCreateRequest.newBuilder()
                    .setKey(ByteString.copyFrom(new byte[1]))
                    .setRangeEnd(ByteString.copyFrom(new byte[1]))
                    .setStartRevision(fromRevision))
            .build();
    Future<GrpcClientRequest<WatchRequest, WatchResponse>> opened =
        client.open("Watch", "Watch", WatchResponse.getDefaultInstance());
    opened
        .compose(
            call -> {
              call.write(create);
              return call.response();
            })
        .onSuccess(
            response -> {
              response.exceptionHandler(done::tryFail);
              response.endHandler(end -> done.tryFail("the watch has ended"));
              response.handler(
                  message -> {
                    events.addAndGet(message.getEventsCount());
                    int last = message.getEventsCount() - 1;
                    if (message.getCanceled()) {
                      done.tryFail("canceled: " + message.getCancelReason());
                    } else if (last >= 0
                        && message.getEvents(last).getKv().getModRevision() >= untilRevision) {
                      done.tryComplete();
                    }
                  });
            })
        .onFailure(done::tryFail);
    await(done.future());
    double seconds = (System.nanoTime() - startNs) / 1e9;
    out.printf("caught up %d events in %.2f s%n", events.get(), seconds);
  }

  static <T> T await(Future<T> future) throws ExecutionException, InterruptedException {
    return future.toCompletionStage().toCompletableFuture().get();
  }
}
