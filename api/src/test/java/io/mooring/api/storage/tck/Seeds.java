package io.mooring.api.storage.tck;

import java.util.Random;

/**
 * Runs a body with a fresh seed and names the seed when it fails. Set {@code -Dmooring.seed} to run
 * one again.
 */
public final class Seeds {

  private Seeds() {}

  /** What is run. */
  @FunctionalInterface
  public interface Body {
    /** Runs once. */
    void run(Random random) throws Exception;
  }

  /** Runs a body several times, each with a seed of its own. */
  public static void run(int rounds, Body body) {
    Long fixed = Long.getLong("mooring.seed");
    for (int i = 0; i < (fixed == null ? rounds : 1); i++) {
      long seed = fixed == null ? System.nanoTime() * 31 + i : fixed;
      try {
        body.run(new Random(seed));
      } catch (Throwable failure) {
        throw new AssertionError(
            "failed with seed " + seed + " (-Dmooring.seed=" + seed + ")", failure);
      }
    }
  }
}
