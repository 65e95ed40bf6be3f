package io.mooring.boot;

import io.mooring.base.Check;
import io.mooring.boot.config.NodeConfig;
import io.mooring.wire.grpc.EtcdApi;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.logging.log4j.core.LoggerContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member as a process of its own: banner, log, signals, and the ends it can come to. A signal
 * stops it cleanly and leaves the exit status of that signal, or 0 for process 1; a fatal fault is
 * logged once and ends it with 2.
 */
final class MemberProcess {

  private final PrintStream terminal;
  private final LoggerContext logContext;
  private final Logger log;
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final AtomicBoolean failed = new AtomicBoolean();
  private final CountDownLatch started = new CountDownLatch(1);
  private volatile @Nullable Node node;

  private MemberProcess(PrintStream terminal, LoggerContext logContext) {
    this.terminal = terminal;
    this.logContext = logContext;
    this.log = LoggerFactory.getLogger("mooring");
  }

  /**
   * Starts and returns; the member goes on until the process ends.
   *
   * @throws StartException when it cannot start
   */
  static void run(NodeConfig config, List<String> notes, PrintStream terminal) {
    warmUp(config.engine());
    new MemberProcess(terminal, Logging.install(config.logs())).start(config, notes);
  }

  private void start(NodeConfig config, List<String> notes) {
    try {
      node =
          Node.start(
              config,
              this::fatal,
              abort -> {
                announce(config, notes);
                Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(abort), "shutdown"));
              },
              this::removed);
    } catch (RuntimeException e) {
      if (stopping.get()) {
        log.info("{}", e.getMessage());
        return; // the hook ends the process
      }
      if (!(e instanceof StartException)) {
        fatal("start", e);
      }
      throw e;
    } finally {
      started.countDown();
    }
    String ready = "ready to serve client requests (" + StartClock.elapsedMs() + " ms)";
    log.info("{}", ready);
    if (!log.isInfoEnabled() || !config.logs().outputs().contains("stderr")) {
      terminal.println(ready);
    }
  }

  /** Not before the checks: a start that is refused says one line and nothing else. */
  private void announce(NodeConfig config, List<String> notes) {
    terminal.print(banner(config));
    for (String note : notes) {
      log.info("{}", note);
    }
  }

  /** Runs as the JVM's answer to SIGTERM and SIGINT, which then ends with 143 or 130. */
  private void stop(Runnable abort) {
    if (!stopping.compareAndSet(false, true)) {
      return;
    }
    log.info("stopping");
    if (started.getCount() > 0) {
      abort.run();
    }
    awaitStart();
    Node serving = node;
    if (serving != null) {
      serving.close();
    }
    log.info("stopped");
    logContext.close();
    if (ProcessHandle.current().pid() == 1) {
      Runtime.getRuntime().halt(0);
    }
  }

  /** Until it serves or has failed, and then has closed everything again. */
  private void awaitStart() {
    try {
      started.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends with exit code 0, through the hook that closes the node. */
  private void removed() {
    log.warn("the member has been permanently removed from the cluster");
    new Thread(() -> System.exit(0), "removed").start();
  }

  /**
   * The one place where a defect, a storage fault or corruption ends the process; during a stop,
   * too, which would otherwise wait for ever for what has failed.
   */
  private void fatal(String where, Throwable cause) {
    if (failed.compareAndSet(false, true)) {
      try {
        log.error("fatal in {}: the member stops", where, cause);
        logContext.close();
      } finally {
        Runtime.getRuntime().halt(2);
      }
    }
  }

  /** Beside the set-up of logging, which takes as long: native code, descriptors of the API. */
  private static void warmUp(String engine) {
    Thread thread =
        new Thread(
            () -> {
              try {
                Engines.find().provider(engine).warmUp();
                Check.that(!EtcdApi.METHODS.isEmpty(), "an API without methods");
              } catch (RuntimeException | LinkageError e) {
                // The opening of the engine meets the same and says so.
              }
            },
            "warm-up");
    thread.setDaemon(true);
    thread.start();
  }

  private static String banner(NodeConfig config) {
    return """
    Mooring %s (etcd API %s)
      member          %s
      storage engine  %s
      data directory  %s
      clients         %s
      members         %s
    """
        .formatted(
            Version.MOORING,
            Version.ETCD,
            config.name(),
            config.engine(),
            config.dataDir().toAbsolutePath().normalize(),
            join(config.urls().listenClient()),
            join(config.urls().listenPeer()));
  }

  private static String join(List<java.net.URI> urls) {
    return String.join(", ", urls.stream().map(java.net.URI::toString).toList());
  }
}
