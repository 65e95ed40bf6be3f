package io.mooring.boot;

import io.mooring.api.storage.EngineProvider;
import io.mooring.boot.config.NodeConfig;
import io.mooring.loop.FatalHandler;

/** One member, assembled: embeddable, closeable, any number in a process. */
public final class Node {

  private final DataDirectory directory;

  private Node(DataDirectory directory) {
    this.directory = directory;
  }

  /**
   * Starts a member and waits until it serves.
   *
   * @param fatal told when it cannot go on; the node is dead then, but not closed
   * @throws StartException when it cannot start; nothing is left open
   */
  public static Node start(NodeConfig config, FatalHandler fatal) {
    EngineProvider provider = Engines.find().provider(config.engine());
    Identity identity = Identity.initial(config.name(), config.cluster());
    DataDirectory directory =
        DataDirectory.open(
            config.dataDir(), FormatFile.of(provider.name(), provider.formatVersion(), identity));
    return new Node(directory);
  }

  /** Stops cleanly. False when open calls had to be cut off at the bound. */
  public boolean close() {
    directory.close();
    return true;
  }
}
