package io.mooring.boot;

import io.mooring.api.internalpb.ClusterDescription;
import io.mooring.peer.PeerProbe;
import java.net.URI;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Asks all peers at once, and believes the one that has applied most. */
final class AskPeers implements ClusterProbe {

  private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(2);

  private final Loops loops;

  AskPeers(Loops loops) {
    this.loops = loops;
  }

  @Override
  public @Nullable Found ask(List<URI> peerUrls) {
    List<ClusterDescription> answers =
        Waiting.forIt(
            PeerProbe.ask(loops.peer(), loops.vertx(), peerUrls, TIMEOUT_NS), "asking members");
    return answers.stream()
        .filter(answer -> answer.getMembersCount() > 0)
        .max(Comparator.comparingLong(ClusterDescription::getAppliedIndex))
        .map(answer -> new Found(answer.getClusterId(), answer.getMembersList()))
        .orElse(null);
  }
}
