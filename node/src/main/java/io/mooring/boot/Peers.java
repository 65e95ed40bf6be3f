package io.mooring.boot;

import io.mooring.api.etcdserverpb.Member;
import io.mooring.boot.config.NodeConfig;
import io.mooring.machine.View;
import io.mooring.machine.cluster.MemberTable;
import io.mooring.peer.PeerAnswers;
import io.mooring.peer.PeerBook;
import io.mooring.peer.PeerConfig;
import io.mooring.peer.PeerEvents;
import io.mooring.peer.PeerIdentity;
import io.mooring.peer.PeerMeter;
import io.mooring.peer.PeerNetwork;
import io.mooring.peer.TransferSink;
import io.mooring.peer.TransferSource;
import io.mooring.raft.Outbound;
import io.mooring.raft.core.Message;
import io.mooring.service.LeaderCalls;
import io.mooring.service.MemberInfo;
import io.mooring.wire.http.VersionPage;
import java.net.URI;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * This member's side of the network between members: the links to the others, which follow the
 * member table, and the listener for theirs.
 */
final class Peers implements Outbound {

  private final NodeConfig config;
  private final Loops loops;
  private final MemberInfo member;
  private final PeerNetwork network;

  /** The table that the links were last told of; the apply thread's, once that runs. */
  private @Nullable MemberTable followed;

  private @Nullable PeerListener listener;

  /**
   * Creates it; nothing is connected or bound before {@link #start}.
   *
   * @param events for consensus
   * @param answers to other members
   */
  Peers(NodeConfig config, Loops loops, MemberInfo member, PeerEvents events, PeerAnswers answers) {
    this.config = config;
    this.loops = loops;
    this.member = member;
    SecureRandom random = new SecureRandom();
    this.network =
        new PeerNetwork(
            loops.peer(),
            loops.vertx(),
            new PeerIdentity(
                member.clusterId(),
                member.memberId(),
                member.ownVersion(),
                random.nextLong() | 1,
                config.urls().advertisePeer()),
            PeerConfig.of(
                ConsensusSettings.maxEntryBytes(config),
                ConsensusSettings.electionTimeoutNs(config)),
            events,
            answers,
            random.nextLong());
  }

  /**
   * Connects to the others and listens for them.
   *
   * @param known the cluster as this first start found it; empty when the table says it
   */
  void start(List<Member> known, View view) {
    if (known.isEmpty()) {
      follow(view);
    } else {
      network.update(new PeerBook(urls(known), Set.of()));
    }
    listener =
        PeerListener.start(
            loops, config.urls().listenPeer(), network.endpoint(), new VersionPage(member));
  }

  /** Takes the members as a view has them, once it has any. On the apply thread. */
  void follow(View view) {
    MemberTable now = view.members();
    if (now != followed && !now.voters().isEmpty()) {
      followed = now;
      network.update(new PeerBook(urls(now.list()), now.removed()));
    }
  }

  /** Takes the states that others send. Before {@link #start}. */
  void receiveStates(TransferSink sink) {
    network.receiveStates(sink);
  }

  /** See {@link PeerNetwork#sendState}. */
  void sendState(long memberId, long term, TransferSource source, Runnable ended) {
    network.sendState(memberId, term, source, ended);
  }

  /** See {@link PeerNetwork#cancelStates}. */
  void cancelStates(String why) {
    network.cancelStates(why);
  }

  @Override
  public void send(List<Message> messages) {
    network.send(messages);
  }

  @Override
  public long connectedNs(long memberId) {
    return network.connectedForNs(memberId);
  }

  /** Closes listener and links. */
  void close() {
    if (listener != null) {
      listener.close();
    }
    Waiting.forIt(network.close(), "closing the links to other members");
  }

  /** What is counted of the links. */
  Map<Long, PeerMeter> meters() {
    return network.meters();
  }

  /** Asks whoever leads. */
  LeaderCalls leader() {
    return new LeaderOverPeers(network);
  }

  private static Map<Long, List<URI>> urls(List<Member> members) {
    Map<Long, List<URI>> urls = new HashMap<>();
    for (Member each : members) {
      List<URI> reachable = PeerBook.reachable(each.getPeerURLsList());
      if (!reachable.isEmpty()) {
        urls.put(each.getID(), reachable);
      }
    }
    return urls;
  }
}
