package io.mooring.boot.config;

import io.mooring.boot.config.Flag.Group;
import io.mooring.boot.config.Flag.Kind;
import io.mooring.boot.config.Flag.Treatment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every flag of etcd 3.7's server and our own few. The help, the documentation, the environment
 * names and the keys of the configuration file all come from this table.
 */
public final class FlagCatalogue {

  private static final FlagCatalogue INSTANCE = new FlagCatalogue();

  private final Map<String, Flag> byName = new LinkedHashMap<>();
  private Group group = Group.MEMBER;

  private FlagCatalogue() {
    member();
    storage();
    cluster();
    discovery();
    limits();
    compaction();
    logging();
    security();
    other();
    legacy();
  }

  /** The catalogue. */
  public static FlagCatalogue instance() {
    return INSTANCE;
  }

  /** All flags in the order of the help. */
  public List<Flag> all() {
    return List.copyOf(byName.values());
  }

  /** The flag of a name, without dashes in front; null when there is none. */
  public @Nullable Flag find(String name) {
    return byName.get(name);
  }

  /** Names of all flags, in the order of the help. */
  public List<String> names() {
    return new ArrayList<>(Collections.unmodifiableMap(byName).keySet());
  }

  private void member() {
    group = Group.MEMBER;
    honoured("name", Kind.TEXT, "default", "name of this member");
    honoured("data-dir", Kind.FILE, "", "data directory (default <name>.mooring)");
    honoured("config-file", Kind.FILE, "", "YAML or JSON file of settings; flags win over it");
    honoured("listen-client-urls", Kind.URLS, "http://localhost:2379", "where clients are served");
    honoured(
        "advertise-client-urls",
        Kind.URLS,
        "http://localhost:2379",
        "client URLs told to others; required with listen-client-urls");
    honoured("listen-peer-urls", Kind.URLS, "http://localhost:2380", "where members are served");
    defaultOnly("listen-client-http-urls", Kind.URLS, "", "client URLs for HTTP only");
    honoured("heartbeat-interval", Kind.NUMBER, "100", "milliseconds between heartbeats");
    honoured(
        "election-timeout",
        Kind.NUMBER,
        "1000",
        "milliseconds without a leader before an election; at least 5 heartbeats");
    noted("initial-election-tick-advance", Kind.SWITCH, "true", "no member waits longer for it");
  }

  private void storage() {
    group = Group.STORAGE;
    honoured("storage-engine", Kind.TEXT, "lmdb", "memory, lmdb or rocksdb; fixed by first start");
    honoured(
        "quota-backend-bytes", Kind.NUMBER, "0", "live bytes before writes are refused; 0: none");
    noted("snapshot-count", Kind.NUMBER, "10000", "the log is cut as engines sync, by bytes");
    defaultOnly("wal-dir", Kind.FILE, "", "separate directory for the log");
    noted("snapshot-catchup-entries", Kind.NUMBER, "5000", "the log is bounded in bytes");
    noted("max-snapshots", Kind.NUMBER, "5", "old snapshots are removed when not needed");
    noted("max-wals", Kind.NUMBER, "5", "old segments are removed when not needed");
    noted("backend-bbolt-freelist-type", Kind.TEXT, "map", "no bbolt here");
    noted("backend-batch-interval", Kind.DURATION, "0s", "engines batch by themselves");
    noted("backend-batch-limit", Kind.NUMBER, "0", "engines batch by themselves");
    noted("bootstrap-defrag-threshold-megabytes", Kind.NUMBER, "0", "never needed");
    noted("unsafe-no-fsync", Kind.SWITCH, "false", "writes are always synced");
    noted("memory-mlock", Kind.SWITCH, "false", "no such part here");
  }

  private void cluster() {
    group = Group.CLUSTER;
    honoured(
        "initial-advertise-peer-urls",
        Kind.URLS,
        "http://localhost:2380",
        "peer URLs of this member; they enter its id");
    honoured("initial-cluster", Kind.TEXT, "", "name=url[,...] (default: this member alone)");
    honoured("initial-cluster-state", Kind.TEXT, "new", "new, or existing to join");
    honoured("initial-cluster-token", Kind.TEXT, "etcd-cluster", "enters member and cluster ids");
    honoured(
        "strict-reconfig-check",
        Kind.SWITCH,
        "true",
        "refuse changes of members that may cost the quorum");
    honoured("pre-vote", Kind.SWITCH, "true", "ask before an election whether it can be won");
    honoured("max-learners", Kind.NUMBER, "1", "learners that a cluster may have at once");
    honoured(
        "force-new-cluster",
        Kind.SWITCH,
        "false",
        "start as a cluster of this member alone, with the data there is");
    noted("raft-read-timeout", Kind.DURATION, "5s", "links have timeouts of their own");
    noted("raft-write-timeout", Kind.DURATION, "5s", "links have timeouts of their own");
    noted("v2-deprecation", Kind.TEXT, "write-only", "there is no v2 store");
    noted("downgrade-check-time", Kind.DURATION, "5s", "no downgrades yet");
  }

  private void discovery() {
    defaultOnly("discovery-srv", Kind.TEXT, "", "DNS domain to find members in");
    defaultOnly("discovery-srv-name", Kind.TEXT, "", "suffix of the DNS service name");
    defaultOnly("discovery-endpoints", Kind.LIST, "", "endpoints of a discovery service");
    defaultOnly("discovery-token", Kind.TEXT, "", "token at a discovery service");
    noted("discovery-dial-timeout", Kind.DURATION, "2s", "no discovery yet");
    noted("discovery-request-timeout", Kind.DURATION, "5s", "no discovery yet");
    noted("discovery-keepalive-time", Kind.DURATION, "2s", "no discovery yet");
    noted("discovery-keepalive-timeout", Kind.DURATION, "6s", "no discovery yet");
    noted("discovery-insecure-transport", Kind.SWITCH, "true", "no discovery yet");
    noted("discovery-insecure-skip-tls-verify", Kind.SWITCH, "false", "no discovery yet");
    noted("discovery-cert", Kind.FILE, "", "no discovery yet");
    noted("discovery-key", Kind.FILE, "", "no discovery yet");
    noted("discovery-cacert", Kind.FILE, "", "no discovery yet");
    noted("discovery-user", Kind.TEXT, "", "no discovery yet");
    noted("discovery-password", Kind.TEXT, "", "no discovery yet");
    noted("discovery-fallback", Kind.TEXT, "exit", "no discovery yet");
  }

  private void limits() {
    group = Group.LIMITS;
    honoured("max-request-bytes", Kind.NUMBER, "1572864", "largest request of a client");
    honoured("max-txn-ops", Kind.NUMBER, "128", "operations in one transaction");
    honoured("max-concurrent-streams", Kind.NUMBER, "10000", "streams of one client connection");
    honoured(
        "watch-progress-notify-interval",
        Kind.DURATION,
        "10m",
        "pause between progress notices on idle watches; at least 100ms");
    noted("grpc-keepalive-min-time", Kind.DURATION, "5s", "pings are answered at any pace");
    noted("grpc-keepalive-interval", Kind.DURATION, "2h0m0s", "the server sends no pings yet");
    noted("grpc-keepalive-timeout", Kind.DURATION, "20s", "the server sends no pings yet");
    noted("socket-reuse-port", Kind.SWITCH, "false", "decided by the server");
    noted("socket-reuse-address", Kind.SWITCH, "false", "decided by the server");
  }

  private void compaction() {
    group = Group.COMPACTION;
    honoured("auto-compaction-mode", Kind.TEXT, "periodic", "periodic or revision");
    honoured(
        "auto-compaction-retention",
        Kind.TEXT,
        "0",
        "history kept: hours or a duration (periodic), revisions (revision); 0: all");
    noted("compaction-batch-limit", Kind.NUMBER, "0", "slices are bounded by time");
    noted("compaction-sleep-interval", Kind.DURATION, "0s", "slices are bounded by time");
    noted("corrupt-check-time", Kind.DURATION, "0s", "members always check each other");
    noted("compact-hash-check-time", Kind.DURATION, "1m0s", "members always check each other");
  }

  private void logging() {
    group = Group.LOGGING;
    honoured("log-level", Kind.TEXT, "info", "debug, info, warn, error, dpanic, panic or fatal");
    honoured("log-format", Kind.TEXT, "json", "json or console");
    honoured("log-outputs", Kind.LIST, "default", "default, stderr, stdout or file paths");
    honoured("logger", Kind.TEXT, "zap", "only zap, as a name");
    noted("enable-log-rotation", Kind.SWITCH, "false", "rotate files from outside");
    noted("log-rotation-config-json", Kind.TEXT, "", "rotate files from outside");
    noted("warning-apply-duration", Kind.DURATION, "100ms", "see the metrics instead");
    noted("warning-unary-request-duration", Kind.DURATION, "300ms", "see the metrics instead");
    honoured("metrics", Kind.TEXT, "basic", "basic or extensive");
    honoured("listen-metrics-urls", Kind.URLS, "", "more URLs for /metrics and /health alone");
    noted("enable-pprof", Kind.SWITCH, "false", "use the JVM's flight recorder");
    noted("enable-distributed-tracing", Kind.SWITCH, "false", "no tracing yet");
    noted("distributed-tracing-address", Kind.TEXT, "localhost:4317", "no tracing yet");
    noted("distributed-tracing-service-name", Kind.TEXT, "etcd", "no tracing yet");
    noted("distributed-tracing-instance-id", Kind.TEXT, "", "no tracing yet");
    noted("distributed-tracing-sampling-rate", Kind.NUMBER, "0", "no tracing yet");
  }

  private void security() {
    group = Group.SECURITY;
    defaultOnly("cert-file", Kind.FILE, "", "certificate of the client URLs");
    defaultOnly("key-file", Kind.FILE, "", "its key");
    defaultOnly("trusted-ca-file", Kind.FILE, "", "authorities of client certificates");
    defaultOnly("client-cert-auth", Kind.SWITCH, "false", "demand client certificates");
    defaultOnly("client-cert-file", Kind.FILE, "", "certificate used when dialling");
    defaultOnly("client-key-file", Kind.FILE, "", "its key");
    defaultOnly("client-crl-file", Kind.FILE, "", "revoked client certificates");
    defaultOnly("client-cert-allowed-hostname", Kind.LIST, "", "names in client certificates");
    defaultOnly("auto-tls", Kind.SWITCH, "false", "self-signed certificate for client URLs");
    defaultOnly("peer-cert-file", Kind.FILE, "", "certificate of the peer URLs");
    defaultOnly("peer-key-file", Kind.FILE, "", "its key");
    defaultOnly("peer-trusted-ca-file", Kind.FILE, "", "authorities of peer certificates");
    defaultOnly("peer-client-cert-auth", Kind.SWITCH, "false", "demand peer certificates");
    defaultOnly("peer-client-cert-file", Kind.FILE, "", "certificate used when dialling a peer");
    defaultOnly("peer-client-key-file", Kind.FILE, "", "its key");
    defaultOnly("peer-crl-file", Kind.FILE, "", "revoked peer certificates");
    defaultOnly("peer-auto-tls", Kind.SWITCH, "false", "self-signed certificate for peer URLs");
    defaultOnly("peer-cert-allowed-cn", Kind.LIST, "", "common names of peers");
    defaultOnly("peer-cert-allowed-hostname", Kind.LIST, "", "host names of peers");
    noted("peer-skip-client-san-verification", Kind.SWITCH, "false", "no TLS yet");
    noted("self-signed-cert-validity", Kind.NUMBER, "1", "no TLS yet");
    defaultOnly("cipher-suites", Kind.LIST, "", "cipher suites of TLS 1.2");
    defaultOnly("tls-min-version", Kind.TEXT, "TLS1.2", "lowest TLS version");
    defaultOnly("tls-max-version", Kind.TEXT, "", "highest TLS version");
    defaultOnly("cors", Kind.LIST, "*", "allowed origins");
    defaultOnly("host-whitelist", Kind.LIST, "*", "allowed host names");
    defaultOnly("auth-token", Kind.TEXT, "simple", "kind of tokens");
    noted("auth-token-ttl", Kind.NUMBER, "300", "no users yet");
    noted("bcrypt-cost", Kind.NUMBER, "10", "no users yet");
  }

  private void other() {
    group = Group.OTHER;
    honoured("feature-gates", Kind.LIST, "", "Name=true,...; known names only, all noted");
    noted("enable-grpc-gateway", Kind.SWITCH, "true", "the gateway comes later");
  }

  /** Flags that etcd itself accepts and ignores. */
  private void legacy() {
    for (String name :
        List.of(
            "cluster-active-size",
            "cluster-remove-delay",
            "cluster-sync-interval",
            "config",
            "max-result-buffer",
            "max-retry-attempts",
            "peer-heartbeat-interval",
            "peer-election-timeout",
            "retry-interval")) {
      noted(name, Kind.TEXT, "", "ignored, as etcd does");
    }
    for (String name : List.of("force", "snapshot", "v", "vv")) {
      noted(name, Kind.SWITCH, "", "ignored, as etcd does");
    }
  }

  private void honoured(String name, Kind kind, String defaultValue, String help) {
    add(name, kind, defaultValue, Treatment.HONOURED, help);
  }

  private void noted(String name, Kind kind, String defaultValue, String help) {
    add(name, kind, defaultValue, Treatment.NOTED, help);
  }

  private void defaultOnly(String name, Kind kind, String defaultValue, String help) {
    add(name, kind, defaultValue, Treatment.DEFAULT_ONLY, help);
  }

  private void add(String name, Kind kind, String defaultValue, Treatment treatment, String help) {
    byName.put(name, new Flag(name, kind, defaultValue, group, treatment, help));
  }
}
