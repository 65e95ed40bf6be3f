package io.mooring.service;

import com.google.protobuf.ByteString;
import io.mooring.api.etcdserverpb.AlarmMember;
import io.mooring.api.etcdserverpb.AlarmType;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.loop.Loop;
import io.mooring.machine.View;
import io.mooring.machine.mvcc.RangeQuery;
import io.mooring.raft.Consensus;
import io.mooring.read.RangeAnswer;
import io.mooring.read.RangeReader;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What probes ask of a member: whether it can answer reads, and whether something is wrong with its
 * data. Never authenticated. One for each client loop.
 */
public final class Probes {

  private static final long READ_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(7);
  private static final ByteString PROBED_KEY = ByteString.copyFromUtf8("health");
  private static final RangeQuery PROBE =
      RangeQuery.of(RangeRequest.newBuilder().setKey(PROBED_KEY).setCountOnly(true).build());

  private final Loop loop;
  private final long memberId;
  private final Consensus consensus;
  private final RangeReader reader;
  private final ServiceStats stats;

  /** Creates the probes of a loop. */
  public Probes(
      Loop loop, long memberId, Consensus consensus, RangeReader reader, ServiceStats stats) {
    this.loop = loop;
    this.memberId = memberId;
    this.consensus = consensus;
    this.reader = reader;
    this.stats = stats;
  }

  /** Single checks, as {@code /livez} and {@code /readyz} name them. */
  public enum Check {
    DATA_CORRUPTION("data_corruption"),
    SERIALIZABLE_READ("serializable_read"),
    LINEARIZABLE_READ("linearizable_read"),
    NON_LEARNER("non_learner");

    private final String label;

    Check(String label) {
      this.label = label;
    }

    /** Its name on the wire. */
    public String label() {
      return label;
    }
  }

  /** What {@code /livez} asks. */
  public static final List<Check> LIVE = List.of(Check.SERIALIZABLE_READ);

  /** What {@code /readyz} asks. */
  public static final List<Check> READY = List.of(Check.values());

  /** Why a check fails; empty when it passes. Completes on the loop, never fails. */
  public Future<String> run(Check check) {
    return switch (check) {
      case DATA_CORRUPTION ->
          Future.succeededFuture(
              consensus.view().alarms().corrupt() ? "alarm activated: CORRUPT" : "");
      case SERIALIZABLE_READ -> read(true);
      case LINEARIZABLE_READ -> read(false);
      case NON_LEARNER ->
          Future.succeededFuture(
              consensus.view().members().isLearner(memberId) ? "not supported for learner" : "");
    };
  }

  /** Notes how a check of {@code /readyz}, or else of {@code /livez}, ended. */
  public void note(boolean readiness, Check check, boolean passed) {
    stats.probed(readiness, check, passed);
  }

  /**
   * What {@code /health} says is wrong; empty when nothing is.
   *
   * @param excludedAlarms names of alarms that do not matter
   * @param serializable whether a member without a leader may be healthy
   */
  public Future<String> health(Set<String> excludedAlarms, boolean serializable) {
    return judge(excludedAlarms, serializable)
        .onSuccess(
            reason ->
                (reason.isEmpty() ? stats.healthSuccesses : stats.healthFailures).increment());
  }

  private Future<String> judge(Set<String> excludedAlarms, boolean serializable) {
    for (AlarmMember alarm : consensus.view().alarms().list(AlarmType.NONE)) {
      String name =
          alarm.getAlarm() == AlarmType.UNRECOGNIZED ? "UNKNOWN" : alarm.getAlarm().name();
      if (!excludedAlarms.contains(name)) {
        return Future.succeededFuture("ALARM " + name);
      }
    }
    if (!serializable && consensus.status().leaderId() == 0) {
      return Future.succeededFuture("RAFT NO LEADER");
    }
    return read(serializable).map(fault -> fault.isEmpty() ? "" : "RANGE ERROR:" + fault);
  }

  private Future<String> read(boolean serializable) {
    Future<View> view =
        serializable
            ? Future.succeededFuture(consensus.view())
            : consensus.linearizable(loop, loop.nowNs() + READ_TIMEOUT_NS);
    return view.compose(fresh -> reader.read(PROBE, 0, fresh))
        .map(Probes::read)
        .recover(cause -> Future.succeededFuture(String.valueOf(cause.getMessage())));
  }

  private static String read(RangeAnswer answer) {
    answer.release();
    return "";
  }
}
