package io.mooring.boot.local;

import io.mooring.api.etcdserverpb.StatusResponse;
import io.mooring.boot.StartException;
import io.mooring.boot.config.ConfigException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * {@code mooring cluster start|status|stop|kill N|restart N}: a cluster of real processes on this
 * machine, on the ports of etcd's Procfile. Runs on the main thread and ends; the members go on.
 */
public final class ClusterCommand {

  private static final long READY_LIMIT_MS = TimeUnit.SECONDS.toMillis(60);
  private static final long STOP_LIMIT_MS = TimeUnit.SECONDS.toMillis(20);

  /** What can be done. */
  private static final List<String> WORDS = List.of("start", "status", "stop", "kill", "restart");

  private final ClusterArguments arguments;
  private final List<String> java;
  private final PrintStream out;

  private ClusterCommand(ClusterArguments arguments, List<String> java, PrintStream out) {
    this.arguments = arguments;
    this.java = java;
    this.out = out;
  }

  /**
   * Runs the command.
   *
   * @param words what follows {@code cluster}
   * @param engines names of the storage engines
   * @param defaultEngine where none is named
   * @param java program and options that start this program again
   * @return the exit code
   * @throws ConfigException for words that cannot be used
   * @throws StartException when it cannot be done
   */
  public static int run(
      List<String> words,
      Set<String> engines,
      String defaultEngine,
      List<String> java,
      PrintStream out) {
    String word = words.isEmpty() ? "" : words.get(0);
    if (!WORDS.contains(word)) {
      throw ConfigException.usage(
          "cluster: say one of " + String.join(", ", WORDS) + " (see mooring --help)");
    }
    ClusterArguments arguments =
        ClusterArguments.parse(word, words.subList(1, words.size()), engines);
    ClusterCommand command = new ClusterCommand(arguments, java, out);
    return switch (word) {
      case "start" -> command.start(defaultEngine);
      case "status" -> command.status();
      case "stop" -> command.stop();
      case "kill" -> command.kill();
      default -> command.restart();
    };
  }

  private int start(String defaultEngine) {
    LocalCluster cluster = known(defaultEngine);
    List<ProcessHandle> begun = new ArrayList<>();
    for (LocalMember member : cluster.members()) {
      ProcessHandle running = MemberHandle.find(member);
      if (running == null) {
        begun.add(MemberHandle.start(cluster, member, java));
      } else {
        out.println(member.name() + " runs already as process " + running.pid());
      }
    }
    try {
      awaitReady(cluster.members());
    } catch (StartException e) {
      end(begun); // half a cluster would hold the ports, and be of no use
      throw e;
    }
    show(cluster);
    out.println();
    out.println("export ETCDCTL_API=3 ETCDCTL_ENDPOINTS=" + cluster.endpoints());
    return 0;
  }

  /** The cluster that is there, or a new one as it was asked for. */
  private LocalCluster known(String defaultEngine) {
    LocalCluster wanted =
        new LocalCluster(
            arguments.directory().toAbsolutePath().normalize(),
            arguments.enginesOfAll(defaultEngine),
            arguments.portOffsetOfNew(),
            arguments.flags());
    if (!LocalCluster.isIn(wanted.directory())) {
      wanted.save();
      return wanted;
    }
    LocalCluster there = LocalCluster.load(wanted.directory());
    boolean said = arguments.nodes() != 0 || !arguments.engines().isEmpty();
    if (said && !there.engines().equals(wanted.engines())) {
      throw holds(
          there,
          "of %d members (%s)"
              .formatted(there.engines().size(), String.join(",", there.engines())));
    }
    Integer offset = arguments.portOffset();
    if (offset != null && offset != there.portOffset()) {
      throw holds(there, "with --port-offset %d, not %d".formatted(there.portOffset(), offset));
    }
    if (!arguments.flags().isEmpty() && !arguments.flags().equals(there.flags())) {
      throw holds(
          there,
          "whose members have the flags (%s), not (%s)"
              .formatted(String.join(" ", there.flags()), String.join(" ", arguments.flags())));
    }
    return there;
  }

  private static StartException holds(LocalCluster there, String what) {
    return new StartException(
        "cluster: %s holds one %s; stop it and delete that directory for another"
            .formatted(there.directory(), what));
  }

  private int status() {
    LocalCluster cluster = there();
    show(cluster);
    return cluster.members().stream().allMatch(it -> MemberHandle.find(it) != null) ? 0 : 1;
  }

  private int stop() {
    List<ProcessHandle> running = new ArrayList<>();
    for (LocalMember member : there().members()) {
      ProcessHandle process = MemberHandle.find(member);
      if (process != null) {
        running.add(process);
      }
    }
    end(running);
    out.println("stopped " + running.size() + " of " + there().engines().size() + " members");
    return 0;
  }

  private int kill() {
    LocalMember member = named();
    ProcessHandle process = MemberHandle.find(member);
    if (process == null) {
      throw new StartException("cluster: " + member.name() + " does not run");
    }
    process.destroyForcibly();
    awaitEnd(process);
    out.println(member.name() + " killed");
    return 0;
  }

  private int restart() {
    LocalCluster cluster = there();
    LocalMember member = named();
    ProcessHandle process = MemberHandle.find(member);
    if (process != null) {
      process.destroy();
      awaitEnd(process);
    }
    MemberHandle.start(cluster, member, java);
    awaitReady(List.of(member));
    show(cluster);
    return 0;
  }

  private LocalCluster there() {
    return LocalCluster.load(arguments.directory().toAbsolutePath().normalize());
  }

  private LocalMember named() {
    LocalCluster cluster = there();
    if (arguments.number() > cluster.engines().size()) {
      throw new StartException(
          "cluster: no member %d: there are %d"
              .formatted(arguments.number(), cluster.engines().size()));
    }
    return cluster.member(arguments.number());
  }

  // Waiting, on the main thread.

  private static void end(List<ProcessHandle> processes) {
    processes.forEach(ProcessHandle::destroy);
    processes.forEach(ClusterCommand::awaitEnd);
  }

  private static void awaitEnd(ProcessHandle process) {
    get(process.onExit(), STOP_LIMIT_MS, "process " + process.pid() + " does not end");
  }

  private void awaitReady(List<LocalMember> members) {
    Vertx vertx = Vertx.vertx();
    MemberClient client = new MemberClient(vertx);
    List<MemberWait> waits =
        members.stream().map(member -> new MemberWait(vertx, client, member)).toList();
    try {
      get(
          Future.all(waits.stream().map(MemberWait::ready).toList())
              .toCompletionStage()
              .toCompletableFuture(),
          READY_LIMIT_MS,
          "cluster: no leader within a minute; see the log files in " + arguments.directory());
    } finally {
      waits.forEach(MemberWait::end);
      close(vertx);
    }
  }

  private static void close(Vertx vertx) {
    get(vertx.close().toCompletionStage().toCompletableFuture(), STOP_LIMIT_MS, "closing");
  }

  private void show(LocalCluster cluster) {
    Vertx vertx = Vertx.vertx();
    MemberClient client = new MemberClient(vertx);
    try {
      List<Future<@Nullable StatusResponse>> asked = new ArrayList<>();
      for (LocalMember member : cluster.members()) {
        asked.add(client.status(member.clientPort()).otherwiseEmpty());
      }
      get(
          Future.join(asked).toCompletionStage().toCompletableFuture(),
          STOP_LIMIT_MS,
          "cluster: no member answers");
      StatusTable table = new StatusTable();
      for (LocalMember member : cluster.members()) {
        StatusResponse status = asked.get(member.number() - 1).result();
        table.add(member, MemberHandle.find(member), status);
      }
      out.print(table);
    } finally {
      close(vertx);
    }
  }

  private static <T> T get(CompletableFuture<T> future, long limitMs, String late) {
    try {
      return future.get(limitMs, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof StartException known
          ? known
          : new StartException("cluster: " + e.getCause());
    } catch (TimeoutException e) {
      throw new StartException(late);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartException("cluster: interrupted");
    }
  }
}
