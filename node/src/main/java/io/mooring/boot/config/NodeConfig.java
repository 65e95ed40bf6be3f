package io.mooring.boot.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * All settings of one member, checked, with units. Collections are immutable.
 *
 * @param name of the member
 * @param dataDir its data directory
 * @param engine name of the storage engine
 * @param urls where it listens and what it tells others
 * @param cluster what the first start makes of it
 * @param rules of consensus and of changes to the members
 * @param limits bounds at the edge
 * @param timing consensus clocks
 * @param compaction automatic compaction
 * @param logs where and how it logs
 */
public record NodeConfig(
    String name,
    Path dataDir,
    String engine,
    Urls urls,
    Cluster cluster,
    Rules rules,
    Limits limits,
    Timing timing,
    Compaction compaction,
    Logs logs) {

  /**
   * Addresses. Listen URLs have an IP address or {@code localhost} and a port, which may be 0.
   *
   * @param listenClient gRPC and HTTP for clients, one or more
   * @param advertiseClient told to clients, one or more
   * @param listenPeer for members, one or more
   * @param advertisePeer told to members, one or more
   * @param listenMetrics metrics and health alone, may be empty
   */
  public record Urls(
      List<URI> listenClient,
      List<URI> advertiseClient,
      List<URI> listenPeer,
      List<URI> advertisePeer,
      List<URI> listenMetrics) {}

  /**
   * First members; without a meaning once the data directory is in use.
   *
   * @param members peer URLs by member name
   * @param token enters the ids
   * @param existing join the cluster that these members are, rather than found it
   */
  public record Cluster(Map<String, List<URI>> members, String token, boolean existing) {}

  /**
   * Members and their leader, at every start.
   *
   * @param forceNewCluster make this member the whole cluster, whatever its data says
   * @param strictReconfigCheck refuse changes of membership that may cost the quorum
   * @param preVote ask before an election whether it could be won
   * @param maxLearners members that may wait to be promoted
   */
  public record Rules(
      boolean forceNewCluster, boolean strictReconfigCheck, boolean preVote, int maxLearners) {}

  /**
   * Bounds.
   *
   * @param quotaBytes live bytes before writes are refused, 0 for none
   * @param maxRequestBytes largest request
   * @param maxTxnOps operations in a transaction
   * @param maxConcurrentStreams streams of one connection
   */
  public record Limits(
      long quotaBytes, int maxRequestBytes, int maxTxnOps, long maxConcurrentStreams) {}

  /**
   * Clocks.
   *
   * @param heartbeatMs between heartbeats
   * @param electionTimeoutMs without a leader before an election
   * @param progressNotifyNs between progress notices on idle watches
   */
  public record Timing(long heartbeatMs, long electionTimeoutMs, long progressNotifyNs) {}

  /** What automatic compaction keeps. */
  public record Compaction(CompactionMode mode, long retention) {}

  /** Unit of {@link Compaction#retention}. */
  public enum CompactionMode {
    /** Nothing is compacted. */
    OFF,
    /** Retention is nanoseconds of history. */
    PERIODIC,
    /** Retention is a number of revisions. */
    REVISION
  }

  /**
   * Logging.
   *
   * @param level lowest level written, in our log API's words
   * @param json zap-like JSON lines rather than text
   * @param outputs {@code stderr}, {@code stdout} or file paths
   * @param extensiveMetrics latency histograms of calls too
   */
  public record Logs(String level, boolean json, List<String> outputs, boolean extensiveMetrics) {}
}
