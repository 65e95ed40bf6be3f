package io.mooring.boot;

import io.mooring.loop.FatalHandler;
import io.mooring.loop.ThreadLoop;
import io.mooring.loop.VertxLoop;
import io.mooring.wire.TlsHellos;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.transport.Transport;
import java.util.concurrent.TimeUnit;

/**
 * The loops of one member: an event loop for raft and the network between members, one for duties,
 * one for each core for clients, and plain threads for the log, its files, the machine and states
 * on their way between members.
 *
 * <p>Raft and peers are two loops on one thread: what consensus decides is sent by the thread that
 * decided it, and what another member said is stepped by the thread that read it. Nobody has to be
 * woken in between, which a put of one client needs several times on its way.
 */
final class Loops {

  /** A turn that takes longer is reported: something has blocked an event loop. */
  private static final long BLOCKED_LOOP_MS = 500;

  private final Vertx vertx;
  private final TlsHellos tlsHellos;
  private final int clientLoops;
  private final VertxLoop raft;
  private final VertxLoop duty;
  private final VertxLoop peer;
  private final ThreadLoop log;
  private final ThreadLoop files;
  private final ThreadLoop apply;
  private final ThreadLoop transfer;

  private Loops(Vertx vertx, TlsHellos tlsHellos, int clientLoops, FatalHandler fatal) {
    this.vertx = vertx;
    this.tlsHellos = tlsHellos;
    this.clientLoops = clientLoops;
    this.raft = new VertxLoop(context(vertx), "raft", fatal);
    this.duty = new VertxLoop(context(vertx), "duty", fatal);
    this.peer = new VertxLoop(raft.context());
    this.log = new ThreadLoop("log", fatal);
    this.files = new ThreadLoop("log-files", fatal);
    this.apply = new ThreadLoop("apply", fatal);
    this.transfer = new ThreadLoop("transfer", fatal);
  }

  /** Starts all loops; blocks shortly. */
  static Loops start(FatalHandler fatal) {
    int clientLoops = Math.max(1, Runtime.getRuntime().availableProcessors());
    TlsHellos tlsHellos = new TlsHellos();
    Vertx vertx =
        Vertx.builder()
            .with(
                new VertxOptions()
                    .setEventLoopPoolSize(clientLoops + 2)
                    .setWorkerPoolSize(2)
                    .setInternalBlockingPoolSize(2)
                    .setMaxEventLoopExecuteTime(BLOCKED_LOOP_MS)
                    .setMaxEventLoopExecuteTimeUnit(TimeUnit.MILLISECONDS))
            .withTransport(tlsHellos.over(Transport.NIO))
            .build();
    return new Loops(vertx, tlsHellos, clientLoops, fatal);
  }

  Vertx vertx() {
    return vertx;
  }

  /** Who speaks TLS to the listeners of these loops. */
  TlsHellos tlsHellos() {
    return tlsHellos;
  }

  int clientLoops() {
    return clientLoops;
  }

  VertxLoop raft() {
    return raft;
  }

  VertxLoop duty() {
    return duty;
  }

  /** Where members talk to each other; on the thread of {@link #raft}. */
  VertxLoop peer() {
    return peer;
  }

  /** Where the log is written. */
  ThreadLoop log() {
    return log;
  }

  /** Where segments are prepared and deleted. */
  ThreadLoop files() {
    return files;
  }

  /** Where the machine runs. */
  ThreadLoop apply() {
    return apply;
  }

  /** Where whole states are read, stored and loaded. */
  ThreadLoop transfer() {
    return transfer;
  }

  /** Ends all of them; whatever waits on the threads is run first. */
  void close() {
    transfer.close();
    apply.close();
    log.close();
    files.close();
    Waiting.forIt(vertx.close(), "closing the event loops");
  }

  /** A context of its own is what an event loop is handed out by; nothing else is deployed here. */
  private static Context context(Vertx vertx) {
    LoopVerticle verticle = new LoopVerticle();
    Waiting.forIt(vertx.deployVerticle(verticle, new DeploymentOptions()), "starting a loop");
    return verticle.own();
  }

  private static final class LoopVerticle extends VerticleBase {
    @Override
    public Future<?> start() {
      return Future.succeededFuture();
    }

    Context own() {
      return context;
    }
  }
}
