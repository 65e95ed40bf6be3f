package io.mooring.boot.config;

import io.mooring.boot.config.NodeConfig.Cluster;
import io.mooring.boot.config.NodeConfig.Compaction;
import io.mooring.boot.config.NodeConfig.CompactionMode;
import io.mooring.boot.config.NodeConfig.Limits;
import io.mooring.boot.config.NodeConfig.Logs;
import io.mooring.boot.config.NodeConfig.Rules;
import io.mooring.boot.config.NodeConfig.Timing;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Checks the resolved settings and makes records of them. Touches nothing. */
public final class ConfigReader {

  private static final Set<String> GATES =
      Set.of(
          "AllAlpha",
          "AllBeta",
          "CompactHashCheck",
          "FastLeaseKeepAlive",
          "InitialCorruptCheck",
          "LeaseCheckpoint",
          "LeaseCheckpointPersist",
          "PriorityRequest",
          "SetMemberLocalAddr",
          "StopGRPCServiceOnDefrag",
          "TxnModeWriteWithSharedBuffer");

  private final Settings settings;
  private final Set<String> engines;

  private ConfigReader(Settings settings, Set<String> engines) {
    this.settings = settings;
    this.engines = engines;
  }

  /**
   * Makes the configuration.
   *
   * @param engines names of the engines there are
   * @throws ConfigException for the first value against its rule
   */
  public static NodeConfig read(Settings settings, Set<String> engines) {
    return new ConfigReader(settings, engines).read();
  }

  private NodeConfig read() {
    String name = name();
    NodeConfig.Urls urls = urls();
    gates();
    return new NodeConfig(
        name,
        dataDir(name),
        engine(),
        urls,
        cluster(name, urls),
        rules(),
        limits(),
        timing(),
        compaction(),
        logs());
  }

  private String name() {
    Setting setting = settings.get("name");
    if (!setting.value().matches("[^\\s=,/\\p{Cntrl}]+")) {
      throw setting.refuse("must not be empty nor contain space, '=', ',' or '/'");
    }
    return setting.value();
  }

  private Path dataDir(String name) {
    Setting setting = settings.get("data-dir");
    try {
      return Path.of(setting.value().isEmpty() ? name + ".mooring" : setting.value());
    } catch (InvalidPathException e) {
      throw setting.refuse("must be a path");
    }
  }

  private String engine() {
    Setting setting = settings.get("storage-engine");
    if (!engines.contains(setting.value())) {
      String known = String.join(", ", engines.stream().sorted().toList());
      throw setting.refuse("must be one of " + known + Nearest.hint(setting.value(), engines, ""));
    }
    return setting.value();
  }

  private NodeConfig.Urls urls() {
    List<URI> listenClient = Urls.listen(settings.get("listen-client-urls"));
    if (settings.isSet("listen-client-urls") && !settings.isSet("advertise-client-urls")) {
      throw ConfigException.of(
          "--advertise-client-urls is required when --listen-client-urls is set explicitly");
    }
    Setting metrics = settings.get("listen-metrics-urls");
    return new NodeConfig.Urls(
        listenClient,
        Urls.advertise(settings.get("advertise-client-urls")),
        Urls.listen(settings.get("listen-peer-urls")),
        Urls.advertise(settings.get("initial-advertise-peer-urls")),
        metrics.value().isEmpty() ? List.of() : Urls.listen(metrics));
  }

  private Cluster cluster(String name, NodeConfig.Urls urls) {
    Setting state = settings.get("initial-cluster-state");
    if (!Set.of("new", "existing").contains(state.value())) {
      throw state.refuse("must be new or existing");
    }
    boolean existing = state.value().equals("existing");
    Setting token = settings.get("initial-cluster-token");
    Setting setting = settings.get("initial-cluster");
    Map<String, List<URI>> members =
        setting.value().isEmpty() ? Map.of(name, urls.advertisePeer()) : members(setting);
    return new Cluster(members, token.value(), existing);
  }

  private Rules rules() {
    return new Rules(
        isTrue("force-new-cluster"),
        isTrue("strict-reconfig-check"),
        isTrue("pre-vote"),
        (int) Numbers.within(settings.get("max-learners"), 0, 1_000));
  }

  /** Settings have refused a switch that is neither true nor false. */
  private boolean isTrue(String name) {
    return settings.get(name).value().equals("true");
  }

  private static Map<String, List<URI>> members(Setting setting) {
    Map<String, List<URI>> members = new LinkedHashMap<>();
    Set<URI> seen = new HashSet<>();
    for (String part : setting.value().split(",", -1)) {
      int equals = part.indexOf('=');
      if (equals <= 0) {
        throw setting.refuse("must be name=url[,name=url...]");
      }
      URI url = Urls.list(setting, part.substring(equals + 1).strip()).get(0);
      if (!seen.add(url)) {
        throw setting.refuse("initial cluster " + setting.value() + " has duplicate url");
      }
      // A name may repeat: that member has several URLs.
      members.computeIfAbsent(part.substring(0, equals).strip(), n -> new ArrayList<>()).add(url);
    }
    members.replaceAll((memberName, urls) -> List.copyOf(urls));
    return Map.copyOf(members);
  }

  private Limits limits() {
    // etcd: 0 is its default and negative is no quota; ours has none by default.
    long quotaBytes =
        Math.max(0, Numbers.within(settings.get("quota-backend-bytes"), Long.MIN_VALUE, 1L << 50));
    // Without effect, yet 0 entries between snapshots is a mistake that somebody should hear of.
    Numbers.within(settings.get("snapshot-count"), 1, 1L << 40);
    return new Limits(
        quotaBytes,
        (int) Numbers.within(settings.get("max-request-bytes"), 1, 64 << 20),
        (int) Numbers.within(settings.get("max-txn-ops"), 1, 1 << 20),
        Numbers.within(settings.get("max-concurrent-streams"), 1, 4_294_967_295L));
  }

  private Timing timing() {
    Setting heartbeat = settings.get("heartbeat-interval");
    Setting election = settings.get("election-timeout");
    long heartbeatMs = Numbers.within(heartbeat, 1, 10_000);
    long electionMs = Numbers.within(election, 1, 50_000);
    if (electionMs < 5 * heartbeatMs) {
      throw election.refuse("must be at least 5 times heartbeat-interval (" + heartbeatMs + ")");
    }
    Setting progress = settings.get("watch-progress-notify-interval");
    long progressNs = Numbers.durationNs(progress);
    if (progressNs == 0) {
      progressNs = 600_000_000_000L; // as etcd: 0 is the default
    }
    if (progressNs < 100_000_000L) {
      throw progress.refuse("must be at least 100ms");
    }
    return new Timing(heartbeatMs, electionMs, progressNs);
  }

  private Compaction compaction() {
    Setting mode = settings.get("auto-compaction-mode");
    Setting retention = settings.get("auto-compaction-retention");
    String text = retention.value();
    boolean bare = text.matches("[0-9]{1,18}");
    return switch (mode.value()) {
      case "periodic" -> {
        Long ns = bare ? Numbers.hoursNs(text) : GoDuration.parse(text);
        if (ns == null || ns < 0) {
          throw retention.refuse("must be hours or a duration such as 10m, not negative");
        }
        yield new Compaction(ns == 0 ? CompactionMode.OFF : CompactionMode.PERIODIC, ns);
      }
      case "revision" -> {
        if (!bare) {
          throw retention.refuse("must be a number of revisions, not negative");
        }
        long revisions = Long.parseLong(text);
        yield new Compaction(
            revisions == 0 ? CompactionMode.OFF : CompactionMode.REVISION, revisions);
      }
      default -> throw mode.refuse("must be periodic or revision");
    };
  }

  private Logs logs() {
    oneOf("logger", List.of("zap"));
    String level =
        oneOf("log-level", List.of("debug", "info", "warn", "error", "dpanic", "panic", "fatal"));
    String format = oneOf("log-format", List.of("json", "console"));
    String metrics = oneOf("metrics", List.of("basic", "extensive"));
    Setting outputs = settings.get("log-outputs");
    List<String> places = new ArrayList<>();
    for (String place : outputs.value().split(",", -1)) {
      switch (place) {
        case "" -> throw outputs.refuse("must be default, stderr, stdout or file paths");
        case "default", "stderr" -> places.add("stderr");
        case "systemd/journal" ->
            throw outputs.refuse("not supported by this version; stderr reaches the journal");
        default -> places.add(place);
      }
    }
    // zap's levels above error are all fatal ones to us.
    String known = Set.of("dpanic", "panic").contains(level) ? "fatal" : level;
    return new Logs(
        known.toUpperCase(Locale.ROOT),
        format.equals("json"),
        List.copyOf(places),
        metrics.equals("extensive"));
  }

  private String oneOf(String name, List<String> words) {
    Setting setting = settings.get(name);
    if (!words.contains(setting.value())) {
      throw setting.refuse("must be one of " + String.join(", ", words));
    }
    return setting.value();
  }

  private void gates() {
    Setting setting = settings.get("feature-gates");
    if (setting.value().isEmpty()) {
      return;
    }
    for (String part : setting.value().split(",", -1)) {
      String[] pair = part.strip().split("=", -1);
      if (!GATES.contains(pair[0])) {
        throw setting.refuse("unrecognized feature gate: " + pair[0]);
      }
      if (pair.length != 2 || !Set.of("true", "false").contains(pair[1])) {
        throw setting.refuse("must be Name=true or Name=false, comma separated");
      }
    }
  }
}
