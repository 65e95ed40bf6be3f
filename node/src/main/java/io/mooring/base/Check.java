package io.mooring.base;

import org.jspecify.annotations.Nullable;

/**
 * Assertions that stay on in production: cheap, without side effects, one fact each. A failed check
 * is a defect or corruption, never bad input: the member logs it once and stops.
 */
public final class Check {

  private Check() {}

  /** Demands a fact. The message is a constant; use the other forms to show numbers. */
  public static void that(boolean condition, String message) {
    if (!condition) {
      throw new CheckFailedException(message);
    }
  }

  /** Demands a fact about one number. */
  public static void that(boolean condition, String message, long actual) {
    if (!condition) {
      throw new CheckFailedException(message + ": " + actual);
    }
  }

  /** Demands a fact about two numbers. */
  public static void that(boolean condition, String message, long first, long second) {
    if (!condition) {
      throw new CheckFailedException(message + ": " + first + ", " + second);
    }
  }

  /** Demands that a value is there. */
  public static <T> T present(@Nullable T value, String message) {
    if (value == null) {
      throw new CheckFailedException(message);
    }
    return value;
  }
}
