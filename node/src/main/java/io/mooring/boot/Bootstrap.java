package io.mooring.boot;

import io.mooring.api.etcdserverpb.Member;
import io.mooring.api.internalpb.Command;
import io.mooring.api.internalpb.FoundCluster;
import io.mooring.boot.ClusterProbe.Found;
import io.mooring.boot.config.NodeConfig;
import io.mooring.boot.config.NodeConfig.Cluster;
import io.mooring.machine.cluster.MemberIds;
import io.mooring.raft.core.Configuration;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a first start makes of the settings: who this member is, and how its log begins. It looks at
 * them on a first start only; afterwards the data directory knows, and the same settings may say
 * whatever they like.
 *
 * <p>A <em>new</em> cluster begins with one entry, equal on all founders, that names them all; each
 * founder writes it to its own log as committed. A member that joins an <em>existing</em> one
 * begins with nothing and gets everything from its leader.
 *
 * @param identity who this member is
 * @param members all of the cluster as far as is known now: whom to talk to until the member table
 *     says it; empty on a later start
 * @param founding the first entry; null for a member that joins, and on a later start
 */
record Bootstrap(Identity identity, List<Member> members, @Nullable Command founding) {

  private static final String NOBODY_ANSWERS =
      "cannot fetch cluster info from peer urls: could not retrieve cluster information from the"
          + " given URLs";

  /** A later start: the data directory knows. */
  static Bootstrap known(Identity identity) {
    return new Bootstrap(identity, List.of(), null);
  }

  /**
   * Reads the settings.
   *
   * @param probe asks other members whether there is a cluster already
   * @throws StartException naming the setting and what is wrong with it
   */
  static Bootstrap of(NodeConfig config, ClusterProbe probe) {
    if (config.rules().forceNewCluster()) {
      throw new StartException(
          "force-new-cluster: "
              + config.dataDir()
              + " holds no member: there is nothing to make a new cluster of");
    }
    Cluster cluster = config.cluster();
    List<URI> own = own(config);
    if (!cluster.existing()) {
      checkAdvertised(config, own);
    }
    List<URI> others = others(config, own);
    Found found = others.isEmpty() ? null : probe.ask(others);
    return cluster.existing() ? join(config, found) : foundNew(config, found);
  }

  /**
   * A later start of a member that has joined and was stopped before it heard anything: it knows
   * who it is, and still has to be told who the others are.
   */
  static Bootstrap rejoin(NodeConfig config, ClusterProbe probe, Identity identity) {
    List<URI> others = others(config, own(config));
    Found found = others.isEmpty() ? null : probe.ask(others);
    if (found == null) {
      throw refuse(config, NOBODY_ANSWERS);
    }
    checkSane(config, found);
    boolean same = found.clusterId() == identity.clusterId();
    if (!same || found.members().stream().noneMatch(m -> m.getID() == identity.memberId())) {
      throw refuse(
          config,
          "the cluster there does not have member %x of cluster %x, which %s belongs to"
              .formatted(identity.memberId(), identity.clusterId(), config.dataDir()));
    }
    return new Bootstrap(identity, found.members(), null);
  }

  /** Who takes part, for a member that joins; null when its own log says it. */
  @Nullable Configuration joining() {
    if (members.isEmpty() || founding != null) {
      return null;
    }
    return new Configuration(ids(false), List.of(), ids(true));
  }

  private List<Long> ids(boolean learners) {
    return members.stream()
        .filter(member -> member.getIsLearner() == learners)
        .map(Member::getID)
        .toList();
  }

  private static List<URI> others(NodeConfig config, List<URI> own) {
    List<URI> others = new ArrayList<>();
    config.cluster().members().forEach((name, urls) -> others.addAll(urls));
    others.removeAll(own);
    return List.copyOf(others);
  }

  private static List<URI> own(NodeConfig config) {
    List<URI> own = config.cluster().members().get(config.name());
    if (own == null) {
      throw refuse(
          config,
          "couldn't find local name \"%s\" in the initial cluster configuration"
              .formatted(config.name()));
    }
    return own;
  }

  /** A founder only: who joins has announced its URLs to the cluster before. */
  private static void checkAdvertised(NodeConfig config, List<URI> own) {
    List<URI> advertised = config.urls().advertisePeer();
    if (PeerUrls.same(advertised, own)) {
      return;
    }
    String name = config.name();
    List<String> unadvertised = missing(own, advertised);
    List<String> advertisedTexts = PeerUrls.texts(advertised);
    if (!unadvertised.isEmpty()) {
      throw refuse(
          config,
          "--initial-cluster has %s but missing from --initial-advertise-peer-urls=%s (%s)"
              .formatted(
                  named(name, unadvertised),
                  String.join(",", advertisedTexts),
                  PeerUrls.difference(advertised, own)));
    }
    throw refuse(
        config,
        "--initial-advertise-peer-urls has %s but missing from --initial-cluster=%s"
            .formatted(String.join(",", missing(advertised, own)), named(name, advertisedTexts)));
  }

  private static List<String> missing(List<URI> of, List<URI> in) {
    return PeerUrls.texts(of.stream().filter(url -> !in.contains(url)).distinct().toList());
  }

  private static String named(String name, List<String> urls) {
    return String.join(",", urls.stream().map(url -> name + "=" + url).toList());
  }

  private static Bootstrap foundNew(NodeConfig config, @Nullable Found running) {
    Cluster cluster = config.cluster();
    List<Member> founders = new ArrayList<>();
    for (List<URI> urls : cluster.members().values()) {
      List<String> texts = PeerUrls.texts(urls);
      founders.add(
          Member.newBuilder()
              .setID(MemberIds.member(texts, cluster.token()))
              .addAllPeerURLs(texts)
              .build());
    }
    founders.sort(Comparator.comparing(Member::getID, Long::compareUnsigned));
    List<Long> ids = founders.stream().map(Member::getID).toList();
    List<String> own = PeerUrls.texts(own(config));
    Identity identity =
        new Identity(MemberIds.cluster(ids), MemberIds.member(own, cluster.token()));
    if (running != null && running.clusterId() == identity.clusterId()) {
      refuseIfStarted(config, running.members(), identity.memberId());
    }
    return new Bootstrap(
        identity,
        founders,
        Command.newBuilder()
            .setFoundCluster(FoundCluster.newBuilder().addAllMembers(founders))
            .build());
  }

  private static Bootstrap join(NodeConfig config, @Nullable Found found) {
    if (found == null) {
      throw refuse(config, NOBODY_ANSWERS);
    }
    checkSane(config, found);
    Map<String, List<URI>> wanted = config.cluster().members();
    if (wanted.size() != found.members().size()) {
      throw refuse(
          config,
          "%s: member count is unequal; add this member first (member add)"
              .formatted(validating(found)));
    }
    long ownId = 0;
    Map<String, List<URI>> left = new HashMap<>(wanted);
    for (Member member : found.members()) {
      List<URI> urls = urls(config, member);
      String match =
          left.keySet().stream()
              .filter(name -> PeerUrls.same(urls, wanted.getOrDefault(name, List.of())))
              .findFirst()
              .orElseThrow(() -> refuse(config, noMatch(found, member)));
      left.remove(match);
      if (match.equals(config.name())) {
        ownId = member.getID();
      }
    }
    refuseIfStarted(config, found.members(), ownId);
    return new Bootstrap(new Identity(found.clusterId(), ownId), found.members(), null);
  }

  private static String noMatch(Found found, Member member) {
    return "%s: PeerURLs: no match found for existing member (%x, %s)"
        .formatted(validating(found), member.getID(), list(member.getPeerURLsList()));
  }

  /** How etcd begins what it says of a cluster that differs from the settings. */
  private static String validating(Found found) {
    List<String> members = new ArrayList<>();
    for (Member member : found.members()) {
      members.add(
          "&{ID:%x RaftAttributes:{PeerURLs:%s IsLearner:%s} Attributes:{Name:%s ClientURLs:%s}}"
              .formatted(
                  member.getID(),
                  list(member.getPeerURLsList()),
                  member.getIsLearner(),
                  member.getName(),
                  list(member.getClientURLsList())));
    }
    return "error validating peerURLs {ClusterID:%x Members:%s RemovedMemberIDs:[]}"
        .formatted(found.clusterId(), list(members));
  }

  private static String list(List<String> texts) {
    return "[" + String.join(" ", texts) + "]";
  }

  /** Another member's word is checked like any other input. */
  private static void checkSane(NodeConfig config, Found found) {
    Set<Long> ids = new HashSet<>();
    Set<String> urls = new HashSet<>();
    boolean sane =
        found.clusterId() != 0 && !found.members().stream().allMatch(Member::getIsLearner);
    for (Member member : found.members()) {
      sane &= member.getID() != 0 && ids.add(member.getID()) && member.getPeerURLsCount() > 0;
      for (String url : member.getPeerURLsList()) {
        sane &= urls.add(url);
      }
    }
    if (!sane) {
      throw refuse(config, "another member answers with a cluster that cannot be");
    }
  }

  /**
   * A member that took part once has promised things to the others: without its data it must not
   * come back under its old id (S21).
   */
  private static void refuseIfStarted(NodeConfig config, List<Member> members, long ownId) {
    for (Member member : members) {
      if (member.getID() == ownId && !member.getName().isEmpty()) {
        throw new StartException(
            "initial-cluster: member %x has already been bootstrapped; but %s is empty: "
                    .formatted(ownId, config.dataDir())
                + "restore it, or remove the member and add it anew");
      }
    }
  }

  private static List<URI> urls(NodeConfig config, Member member) {
    List<URI> urls = new ArrayList<>();
    for (String text : member.getPeerURLsList()) {
      try {
        urls.add(new URI(text));
      } catch (URISyntaxException e) {
        throw refuse(config, "another member answers with a peer URL that is none");
      }
    }
    return urls;
  }

  private static StartException refuse(NodeConfig config, String rule) {
    List<String> parts = new ArrayList<>();
    config
        .cluster()
        .members()
        .forEach((name, urls) -> urls.forEach(url -> parts.add(name + "=" + url)));
    String value = String.join(",", parts.stream().sorted().toList());
    return new StartException("initial-cluster: \"" + value + "\": " + rule);
  }
}
