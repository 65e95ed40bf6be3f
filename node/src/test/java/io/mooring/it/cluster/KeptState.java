package io.mooring.it.cluster;

import io.mooring.api.etcdserverpb.LeaseLeasesRequest;
import io.mooring.api.etcdserverpb.LeaseLeasesResponse;
import io.mooring.api.etcdserverpb.RangeRequest;
import io.mooring.api.etcdserverpb.RangeResponse;
import io.mooring.api.storage.EngineConfig;
import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineProvider;
import io.mooring.api.storage.MvccEngine;
import io.mooring.api.storage.PinRegistry;
import io.mooring.api.storage.Snapshot;
import io.mooring.it.RawClient;
import io.mooring.it.RawClient.Reply;
import io.mooring.machine.Machine;
import io.mooring.machine.hash.StateHash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.awaitility.Awaitility;

/**
 * What the engine of a stopped member holds.
 *
 * @param revision newest revision
 * @param hash the state hash, which says what the member did and what is there
 */
record KeptState(long revision, String hash) {

  private static final long CALL_TIMEOUT_MS = 2_000;
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final RangeRequest ANY =
      RangeRequest.newBuilder().setKey(KeySpace.bytes("any")).build();

  /**
   * Stops all members of a cluster that nobody uses any more, and looks into each; they must have
   * kept the same.
   */
  static List<KeptState> ofAll(ServerCluster cluster) {
    for (int port : cluster.clientPorts()) {
      awaitRest(port);
    }
    List<KeptState> kept = new ArrayList<>();
    for (int member = 0; member < cluster.clientPorts().size(); member++) {
      cluster.sigterm(member);
      kept.add(of(cluster.dataDir(member)));
    }
    return kept;
  }

  /** Waits until a member knows all that was committed, and no lease is left to change that. */
  private static void awaitRest(int port) {
    try (RawClient client = new RawClient(port, CALL_TIMEOUT_MS)) {
      Awaitility.await("rest")
          .atMost(LIMIT)
          .until(
              () ->
                  client.call("etcdserverpb.KV/Range", ANY, RangeResponse.getDefaultInstance()).ok()
                      && hasNoLeases(client));
    }
  }

  private static boolean hasNoLeases(RawClient client) {
    Reply<LeaseLeasesResponse> reply =
        client.call(
            "etcdserverpb.Lease/LeaseLeases",
            LeaseLeasesRequest.getDefaultInstance(),
            LeaseLeasesResponse.getDefaultInstance());
    return reply.ok() && reply.value().getLeasesCount() == 0;
  }

  /**
   * Opens the live engine in a member's directory, and walks over all of it: the hash that went
   * along with each change must be that of what is there.
   */
  static KeptState of(Path dataDir) {
    try {
      String engine =
          Files.readAllLines(dataDir.resolve("FORMAT")).stream()
              .filter(line -> line.startsWith("engine="))
              .map(line -> line.substring("engine=".length()))
              .findFirst()
              .orElseThrow();
      Path member = dataDir.resolve("member");
      Path live = member.resolve(Files.readString(member.resolve("CURRENT")).strip());
      EngineConfig config = EngineConfig.of(live, KeptState::failed, new PinRegistry());
      try (MvccEngine opened = provider(engine).open(config)) {
        return of(opened);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeptState of(MvccEngine engine) {
    try (Snapshot snapshot = engine.snapshot()) {
      StateHash hash = StateHash.restore(snapshot);
      StateHash.Sums content = StateHash.content(snapshot);
      if (!content.equals(hash.sums())) {
        throw new AssertionError("P25 engine holds " + content + ", hashed " + hash.sums());
      }
    }
    Machine machine = Machine.restore(engine);
    return new KeptState(machine.revision(), "%016x".formatted(machine.stateHash()));
  }

  private static EngineProvider provider(String name) {
    return ServiceLoader.load(EngineProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(one -> one.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static void failed(EngineException cause) {
    throw new AssertionError(cause);
  }
}
