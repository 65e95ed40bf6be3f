package io.mooring.boot.config;

import java.math.BigDecimal;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Durations as Go writes them: {@code 1h30m}, {@code 1.5s}, {@code 100ms}, {@code 0}. */
final class GoDuration {

  private static final Map<String, Long> UNITS_NS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "\u00b5s", 1_000L,
          "\u03bcs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);

  private GoDuration() {}

  /** Nanoseconds, negative when the text is; null when it is no duration or too long. */
  static @Nullable Long parse(String text) {
    boolean negative = text.startsWith("-");
    String rest = negative || text.startsWith("+") ? text.substring(1) : text;
    if (rest.equals("0")) {
      return 0L;
    }
    if (rest.isEmpty() || rest.length() > 64) {
      return null;
    }
    BigDecimal total = BigDecimal.ZERO;
    int at = 0;
    while (at < rest.length()) {
      int numberEnd = skip(rest, at, true);
      int unitEnd = skip(rest, numberEnd, false);
      Long unitNs = UNITS_NS.get(rest.substring(numberEnd, unitEnd));
      String number = rest.substring(at, numberEnd);
      if (unitNs == null || number.chars().noneMatch(Character::isDigit)) {
        return null;
      }
      if (number.indexOf('.') != number.lastIndexOf('.')) {
        return null;
      }
      total = total.add(new BigDecimal(number).multiply(BigDecimal.valueOf(unitNs)));
      at = unitEnd;
    }
    if (total.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      return null;
    }
    return negative ? -total.longValue() : total.longValue();
  }

  private static int skip(String text, int from, boolean number) {
    int at = from;
    while (at < text.length()) {
      char c = text.charAt(at);
      boolean inNumber = (c >= '0' && c <= '9') || c == '.';
      if (inNumber != number) {
        break;
      }
      at++;
    }
    return at;
  }
}
