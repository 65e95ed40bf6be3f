package io.mooring.wire.grpc;

import io.mooring.base.Check;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What the gRPC face counts, for all client loops of a member together. Cheap to add to: no look-up
 * by label on the way of a request. Any thread.
 */
public final class GrpcStats {

  private static final int MAX_CLIENT_VERSIONS = 32;
  private static final String UNKNOWN_VERSION = "unknown";

  private final Map<String, MethodStats> methods = new TreeMap<>();
  private final Map<String, RequestsByClient> clients = new ConcurrentHashMap<>();
  private final RequestsByClient unknownClient = new RequestsByClient();
  private final boolean timed;
  private final LongAdder receivedBytes = new LongAdder();
  private final LongAdder sentBytes = new LongAdder();

  /** Calls by clients of one API version. */
  public static final class RequestsByClient {
    private final LongAdder unary = new LongAdder();
    private final LongAdder stream = new LongAdder();

    /** Unary calls begun. */
    public long unary() {
      return unary.sum();
    }

    /** Streams begun. */
    public long stream() {
      return stream.sum();
    }
  }

  /** Counters at zero for every RPC of the API, without times. */
  public GrpcStats() {
    this(false);
  }

  /**
   * Counters at zero for every RPC of the API.
   *
   * @param timed whether calls are timed too
   */
  public GrpcStats(boolean timed) {
    this.timed = timed;
    for (GrpcMethod method : EtcdApi.METHODS) {
      methods.put(method.path(), new MethodStats());
    }
    clients.put(UNKNOWN_VERSION, unknownClient);
  }

  /** The counters of a method of the API. */
  public MethodStats method(GrpcMethod method) {
    return Check.present(methods.get(method.path()), "every method of the API is counted");
  }

  /** Shows calls by the API version that clients say they have. */
  public void forEachClient(BiConsumer<String, RequestsByClient> visitor) {
    clients.forEach(visitor);
  }

  /** Whether calls are timed. */
  public boolean timed() {
    return timed;
  }

  /** Bytes of request messages. */
  public long receivedBytes() {
    return receivedBytes.sum();
  }

  /** Bytes of reply messages. */
  public long sentBytes() {
    return sentBytes.sum();
  }

  void bytesReceived(int count) {
    receivedBytes.add(count);
  }

  void bytesSent(int count) {
    sentBytes.add(count);
  }

  /**
   * Counts a call. The version is what the client sent: foreign text, so its variety is bounded.
   */
  void clientCall(@Nullable String version, boolean unary) {
    RequestsByClient client = unknownClient;
    if (version != null) {
      RequestsByClient known = clients.get(version);
      if (known == null && clients.size() < MAX_CLIENT_VERSIONS && version.length() <= 16) {
        known = clients.computeIfAbsent(version, v -> new RequestsByClient());
      }
      client = known == null ? unknownClient : known;
    }
    (unary ? client.unary : client.stream).increment();
  }
}
