package io.mooring.wire.grpc;

import io.vertx.core.MultiMap;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a call's headers say beside the message; read once.
 *
 * @param token auth token without {@code Bearer }, or null
 * @param requireLeader fail while no leader is known
 * @param clientVersion as sent, or null
 * @param clientVersionValid whether it was UTF-8
 * @param timeoutNs how long the client waits, -1 for ever
 */
record Metadata(
    @Nullable String token,
    boolean requireLeader,
    @Nullable String clientVersion,
    boolean clientVersionValid,
    long timeoutNs) {

  private static final String BEARER = "Bearer ";
  private static final int MAX_TIMEOUT_DIGITS = 8;

  static Metadata of(MultiMap headers) {
    String token = headers.get("token");
    if (token == null) {
      token = headers.get("authorization");
    }
    if (token != null && token.startsWith(BEARER)) {
      token = token.substring(BEARER.length());
    }
    String version = headers.get("client-api-version");
    return new Metadata(
        token,
        "true".equals(headers.get("hasleader")),
        version,
        version == null || isUtf8(version),
        timeoutNs(headers.get("grpc-timeout")));
  }

  /** Nanoseconds of a {@code grpc-timeout} such as {@code 5S} or {@code 100m}; -1 for none. */
  static long timeoutNs(@Nullable String header) {
    if (header == null || header.length() < 2 || header.length() > MAX_TIMEOUT_DIGITS + 1) {
      return -1;
    }
    long value = 0;
    for (int i = 0; i < header.length() - 1; i++) {
      char c = header.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      value = value * 10 + (c - '0');
    }
    // At most 10^8 hours: 3.6 * 10^20 ns would overflow, and is as good as no deadline.
    return switch (header.charAt(header.length() - 1)) {
      case 'n' -> value;
      case 'u' -> value * 1_000L;
      case 'm' -> value * 1_000_000L;
      case 'S' -> value * 1_000_000_000L;
      case 'M' -> value * 60_000_000_000L;
      case 'H' -> value > 1_000_000 ? -1 : value * 3_600_000_000_000L;
      default -> -1;
    };
  }

  /** Header text comes as one char a byte. */
  private static boolean isUtf8(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0x7f) {
        return decodes(text.getBytes(StandardCharsets.ISO_8859_1));
      }
    }
    return true;
  }

  private static boolean decodes(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
