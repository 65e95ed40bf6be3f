package io.mooring.duty;

import io.mooring.api.etcdserverpb.CompactionRequest;
import io.mooring.api.internalpb.Command;
import io.mooring.error.EtcdException;
import io.mooring.error.KvError;
import io.mooring.loop.Loop;
import io.mooring.raft.Consensus;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compacts by itself while this member leads, as etcd does.
 *
 * <ul>
 *   <li>Periodic, with a retention: the revision is sampled every tenth of min(retention, 1 h). The
 *       first compaction comes after one retention, the next ones every min(retention, 1 h), each
 *       to the revision of one retention ago.
 *   <li>By revision, with a number to keep: every 5 minutes, to the current revision less that.
 * </ul>
 *
 * <p>A revision is not compacted twice. Failures are logged, and tried again. Duty loop.
 */
public final class AutoCompaction {

  private static final Logger LOG = LoggerFactory.getLogger(AutoCompaction.class);
  private static final long HOUR_NS = TimeUnit.HOURS.toNanos(1);
  private static final long REVISION_INTERVAL_NS = TimeUnit.MINUTES.toNanos(5);
  private static final long PROPOSAL_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(7);
  private static final int SAMPLES_PER_INTERVAL = 10;

  private final Loop loop;
  private final Consensus consensus;
  private final long memberId;
  private final boolean periodic;
  private final long retention;
  private final ArrayDeque<Long> samples = new ArrayDeque<>();
  private long lastDoneNs;
  private long waitNs;
  private long lastRevision;
  private boolean stopped;

  private AutoCompaction(
      Loop loop, Consensus consensus, long memberId, boolean periodic, long retention) {
    this.loop = loop;
    this.consensus = consensus;
    this.memberId = memberId;
    this.periodic = periodic;
    this.retention = retention;
  }

  /** Keeps a time's worth of history. */
  public static AutoCompaction periodic(
      Loop loop, Consensus consensus, long memberId, long retentionNs) {
    return new AutoCompaction(loop, consensus, memberId, true, retentionNs);
  }

  /** Keeps a number of revisions. */
  public static AutoCompaction byRevision(
      Loop loop, Consensus consensus, long memberId, long revisions) {
    return new AutoCompaction(loop, consensus, memberId, false, revisions);
  }

  /** Begins. Any thread. */
  public void start() {
    loop.execute(
        () -> {
          lastDoneNs = loop.nowNs();
          waitNs = retention;
          next();
        });
  }

  /** Ends. Any thread. */
  public void stop() {
    loop.execute(() -> stopped = true);
  }

  private long intervalNs() {
    return periodic
        ? Math.max(1, Math.min(retention, HOUR_NS) / SAMPLES_PER_INTERVAL)
        : REVISION_INTERVAL_NS;
  }

  private void next() {
    if (periodic) {
      samples.add(consensus.view().revision());
      if (samples.size() > retention / intervalNs() + 1) {
        samples.remove();
      }
    }
    loop.timer(intervalNs(), this::look);
  }

  private void look() {
    if (stopped) {
      return;
    }
    if (consensus.status().leaderId() == memberId) {
      long nowNs = loop.nowNs();
      if (!periodic) {
        compact(consensus.view().revision() - retention, nowNs);
      } else if (nowNs - lastDoneNs >= waitNs) {
        waitNs = Math.min(retention, HOUR_NS);
        compact(samples.element(), nowNs);
      }
    }
    next();
  }

  private void compact(long revision, long nowNs) {
    if (revision <= 0 || revision == lastRevision) {
      return;
    }
    CompactionRequest request = CompactionRequest.newBuilder().setRevision(revision).build();
    consensus
        .propose(
            loop, Command.newBuilder().setCompaction(request).build(), nowNs + PROPOSAL_TIMEOUT_NS)
        .onSuccess(
            outcome -> {
              if (outcome.refusal() == null || outcome.refusal() == KvError.COMPACTED) {
                lastRevision = revision;
                lastDoneNs = nowNs;
                LOG.info("compacted automatically to revision {}", revision);
              } else {
                LOG.warn("automatic compaction refused: {}", outcome.refusal().text());
              }
            })
        .onFailure(
            cause ->
                LOG.warn(
                    "automatic compaction to revision {} failed: {}",
                    revision,
                    cause instanceof EtcdException ? cause.getMessage() : cause.toString()));
  }
}
