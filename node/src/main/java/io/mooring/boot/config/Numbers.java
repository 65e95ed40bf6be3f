package io.mooring.boot.config;

import io.mooring.boot.config.Setting.Source;
import org.jspecify.annotations.Nullable;

/** Reads numbers and durations, and says what would have been right. */
final class Numbers {

  private Numbers() {}

  /** A whole number from {@code least} to {@code most}. */
  static long within(Setting setting, long least, long most) {
    long value = whole(setting);
    if (value < least || value > most) {
      throw setting.refuse("must be from " + least + " to " + most);
    }
    return value;
  }

  /** Any whole number of 64 bits. */
  static long whole(Setting setting) {
    try {
      return Long.parseLong(setting.value());
    } catch (NumberFormatException e) {
      throw setting.refuse("must be a whole number");
    }
  }

  /** A duration that is not negative; a bare number in a file is nanoseconds, as etcd has it. */
  static long durationNs(Setting setting) {
    String text = setting.value();
    Long ns =
        setting.source() == Source.FILE && text.matches("[0-9]{1,18}")
            ? Long.valueOf(text)
            : GoDuration.parse(text);
    if (ns == null) {
      throw setting.refuse("must be a duration such as 100ms, 10s or 1h30m");
    }
    if (ns < 0) {
      throw setting.refuse("must not be negative");
    }
    return ns;
  }

  /** Nanoseconds of a number of hours; null when that is beyond all reason. */
  static @Nullable Long hoursNs(String digits) {
    long hours = Long.parseLong(digits);
    return hours > 2_000_000 ? null : (Long) (hours * 3_600_000_000_000L);
  }
}
