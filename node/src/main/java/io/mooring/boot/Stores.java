package io.mooring.boot;

import io.mooring.api.etcdserverpb.Member;
import io.mooring.api.internalpb.Command;
import io.mooring.api.internalpb.FoundCluster;
import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineListener;
import io.mooring.api.storage.EngineProvider;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.boot.config.NodeConfig;
import io.mooring.log.LogConfig;
import io.mooring.log.LogException;
import io.mooring.log.RealFileStore;
import io.mooring.log.SegmentLog;
import io.mooring.loop.Loop;
import io.mooring.raft.Founding;
import io.mooring.raft.Recovery;
import io.mooring.transfer.EngineHome;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one member keeps on disk, opened and checked against each other. */
final class Stores {

  private static final Logger LOG = LoggerFactory.getLogger(Stores.class);

  private final DataDirectory directory;
  private final EngineProvider provider;
  private final PinRegistry pins;
  private final MvccEngine engine;
  private final SegmentLog log;
  private final Bootstrap bootstrap;

  private Stores(
      DataDirectory directory,
      EngineProvider provider,
      PinRegistry pins,
      MvccEngine engine,
      SegmentLog log,
      Bootstrap bootstrap) {
    this.directory = directory;
    this.provider = provider;
    this.bootstrap = bootstrap;
    this.pins = pins;
    this.engine = engine;
    this.log = log;
  }

  /**
   * Opens directory, engine and log, and makes sure that they belong together.
   *
   * @param probe asks other members, at a first start
   * @param files where the log's segments are prepared
   * @param listener told by the engine's background work
   * @throws StartException naming what cannot be used; nothing is left open
   */
  static Stores open(NodeConfig config, ClusterProbe probe, Loop files, EngineListener listener) {
    EngineProvider provider = Engines.find().provider(config.engine());
    // A directory in use knows who it belongs to; only a first start looks at the settings.
    Identity owner = DataDirectory.identity(config.dataDir());
    Bootstrap bootstrap = owner == null ? Bootstrap.of(config, probe) : Bootstrap.known(owner);
    DataDirectory directory =
        DataDirectory.open(
            config.dataDir(),
            FormatFile.of(provider.name(), provider.formatVersion(), bootstrap.identity()));
    MvccEngine engine = null;
    SegmentLog log = null;
    try {
      PinRegistry pins = new PinRegistry();
      LogConfig logConfig = logConfig(directory);
      RealFileStore logFiles = new RealFileStore(directory.log());
      SegmentLog.checkOwner(logFiles, logConfig, files);
      directory.engines().settle(SegmentLog.beginning(logFiles, logConfig, files));
      engine = provider.open(EngineConfig.of(directory.engines().live(), listener, pins));
      log = openLog(directory, logConfig, engine, files);
      Recovery.check(log, engine.state());
      found(config, bootstrap, directory, log);
      if (owner != null && engine.state().appliedIndex() == 0 && log.commitIndex() == 0) {
        bootstrap = Bootstrap.rejoin(config, probe, owner);
      }
      directory.seal();
      return new Stores(directory, provider, pins, engine, log, bootstrap);
    } catch (IOException | LogException | EngineException e) {
      close(log, engine, directory);
      throw new StartException("data-dir: " + directory.root() + ": " + e.getMessage());
    } catch (RuntimeException e) {
      close(log, engine, directory);
      throw e;
    }
  }

  private static void close(
      @Nullable SegmentLog log, @Nullable MvccEngine engine, DataDirectory directory) {
    Closing closing = new Closing();
    if (log != null) {
      closing.then("closing the log", () -> log.close(false));
    }
    if (engine != null) {
      closing.then("closing the engine", engine::close);
    }
    closing.then("releasing the data directory", directory::close);
  }

  private static void found(
      NodeConfig config, Bootstrap bootstrap, DataDirectory directory, SegmentLog log) {
    if (bootstrap.founding() != null) {
      Founding.first(log, bootstrap.founding());
    } else if (config.rules().forceNewCluster()) {
      Identity identity = directory.format().identity();
      LOG.warn(
          "forcing a new cluster of member {} alone; take --force-new-cluster away, or each start"
              + " leaves out whoever was added since",
          Long.toHexString(identity.memberId()));
      Member alone =
          Member.newBuilder()
              .setID(identity.memberId())
              .addAllPeerURLs(PeerUrls.texts(config.urls().advertisePeer()))
              .build();
      FoundCluster forced = FoundCluster.newBuilder().addMembers(alone).setForce(true).build();
      Founding.force(
          log, identity.memberId(), Command.newBuilder().setFoundCluster(forced).build());
    }
  }

  private static LogConfig logConfig(DataDirectory directory) {
    Identity identity = directory.format().identity();
    SecureRandom random = new SecureRandom();
    return LogConfig.of(identity.clusterId(), identity.memberId(), random::nextLong);
  }

  private static SegmentLog openLog(
      DataDirectory directory, LogConfig config, MvccEngine engine, Loop files) throws IOException {
    RealFileStore store = new RealFileStore(directory.log());
    boolean created = directory.fresh() && !SegmentLog.exists(store);
    return created
        ? SegmentLog.create(store, config, files)
        : SegmentLog.open(store, config, files, engine.state().appliedIndex());
  }

  /** Whose data it is; from the first start on, whatever the settings say. */
  Identity identity() {
    return directory.format().identity();
  }

  /** What this start began with. */
  Bootstrap bootstrap() {
    return bootstrap;
  }

  PinRegistry pins() {
    return pins;
  }

  /** The engine that the member begins with; an installed snapshot brings another. */
  MvccEngine engine() {
    return engine;
  }

  /** Where the engine lives, and those that may take its place. */
  EngineHome home() {
    return directory.engines();
  }

  /** Opens another engine of the same kind. Blocks. */
  MvccEngine openEngine(Path empty, EngineListener listener) {
    return provider.open(EngineConfig.of(empty, listener, pins));
  }

  /** The open log; once the raft driver has it, it belongs to the log thread. */
  SegmentLog log() {
    return log;
  }

  /** Closes everything, when nobody else has got any of it yet. */
  void abandon() {
    close(log, engine, directory);
  }

  /** Gives the directory free; log and engine have been closed before, by those who owned them. */
  void release() {
    directory.close();
  }
}
