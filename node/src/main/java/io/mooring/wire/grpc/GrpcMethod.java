package io.mooring.wire.grpc;

/**
 * One RPC of the API.
 *
 * @param service full service name, such as {@code etcdserverpb.KV}
 * @param name such as {@code Put}
 * @param kind who sends how many messages
 */
public record GrpcMethod(String service, String name, Kind kind) {

  /** Shapes of calls, named as metrics name them. */
  public enum Kind {
    UNARY("unary"),
    CLIENT_STREAM("client_stream"),
    SERVER_STREAM("server_stream"),
    BIDI_STREAM("bidi_stream");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /** The value of the metrics label {@code grpc_type}. */
    public String label() {
      return label;
    }
  }

  /** The HTTP/2 path. */
  public String path() {
    return "/" + service + "/" + name;
  }
}
