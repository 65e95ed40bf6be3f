package io.mooring.wire.grpc;

import io.mooring.error.EtcdError;
import io.mooring.error.EtcdException;
import io.vertx.grpc.common.GrpcStatus;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one place that turns refusals into what stands in gRPC trailers. */
public final class StatusMapper {

  private static final Logger log = LoggerFactory.getLogger(StatusMapper.class);
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private StatusMapper() {}

  /**
   * What ends a call.
   *
   * @param status gRPC's code
   * @param message the text as the header carries it, percent-encoded; empty for none
   */
  public record Ending(GrpcStatus status, String message) {
    /** Success. */
    public static final Ending OK = new Ending(GrpcStatus.OK, "");
  }

  /** The ending for a refusal. */
  public static Ending of(EtcdError error) {
    return new Ending(GrpcStatus.valueOf(error.code().number()), percentEncode(error.text()));
  }

  /**
   * The ending for whatever failed a call. What is not a refusal is a defect: it is logged, and the
   * client gets UNKNOWN with the raw text, as etcd does with errors that it has no status for.
   */
  public static Ending of(Throwable cause, String path) {
    if (cause instanceof EtcdException refusal) {
      return of(refusal.error());
    }
    log.error("call of {} failed", path, cause);
    return new Ending(GrpcStatus.UNKNOWN, percentEncode(String.valueOf(cause.getMessage())));
  }

  /**
   * The percent-encoding of {@code grpc-message}: printable ASCII but for {@code %} stays as it is,
   * every other byte of the UTF-8 form becomes {@code %XX}.
   */
  public static String percentEncode(String text) {
    int length = text.length();
    for (int i = 0; i < length; i++) {
      if (!plain(text.charAt(i))) {
        return encodeSlow(text);
      }
    }
    return text;
  }

  private static String encodeSlow(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (plain(c)) {
        out.append(c);
      } else {
        out.append('%').append(HEX[c >> 4]).append(HEX[c & 0xf]);
      }
    }
    return out.toString();
  }

  private static boolean plain(char c) {
    return c >= 0x20 && c <= 0x7e && c != '%';
  }
}
