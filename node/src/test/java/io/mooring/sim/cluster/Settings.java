package io.mooring.sim.cluster;

import java.util.SplittableRandom;

/**
 * How a run is set up: small limits, and which kinds of trouble there are. Each seed has some of
 * them only, since some troubles hide others.
 *
 * @param voters members at the beginning
 * @param segmentBytes of the log
 * @param retainedBytes of applied entries that a leader keeps for members that are behind
 * @param retainedEntries durable in the engine, yet kept in the log
 * @param syncNs between moments at which engines make their state durable, about
 * @param diskNs what a task of a log thread takes at most
 * @param delayNs of a message at most
 * @param lossPercent of messages
 * @param doublePercent of messages
 * @param reorders whether messages on one link may overtake each other
 * @param driftPpm how far clocks go wrong at most
 * @param linksKnow whether members notice that a link is down
 * @param crashes members die, sometimes all of them at once
 * @param fileCrashes they also die inside of calls to their disk
 * @param partitions links are cut
 * @param pauses members, or single loops of theirs, stand still
 * @param membership members are added, promoted and removed
 * @param compactions clients compact
 */
record Settings(
    int voters,
    long segmentBytes,
    long retainedBytes,
    long retainedEntries,
    long syncNs,
    long diskNs,
    long delayNs,
    int lossPercent,
    int doublePercent,
    boolean reorders,
    long driftPpm,
    boolean linksKnow,
    boolean crashes,
    boolean fileCrashes,
    boolean partitions,
    boolean pauses,
    boolean membership,
    boolean compactions) {

  static final long MS = 1_000_000;
  static final long SECOND = 1_000 * MS;

  /** Nothing goes wrong. */
  static Settings calm() {
    return new Settings(
        3,
        1 << 20,
        1 << 20,
        5_000,
        60 * SECOND,
        0,
        MS,
        0,
        0,
        false,
        0,
        false,
        false,
        false,
        false,
        false,
        false,
        false);
  }

  /** Some trouble. */
  static Settings random(SplittableRandom random) {
    boolean noisy = random.nextInt(3) > 0;
    long[] drifts = {0, 1_000, 50_000};
    return new Settings(
        random.nextInt(4) == 0 ? 5 : 3,
        4_096 << random.nextInt(6),
        200L << random.nextInt(8),
        random.nextInt(50),
        SECOND + random.nextLong(10 * SECOND),
        random.nextBoolean() ? 0 : MS << random.nextInt(8),
        MS << random.nextInt(6),
        noisy ? random.nextInt(10) : 0,
        noisy ? random.nextInt(10) : 0,
        random.nextInt(3) == 0,
        drifts[random.nextInt(3)],
        random.nextBoolean(),
        random.nextInt(4) > 0,
        random.nextBoolean(),
        random.nextInt(4) > 0,
        random.nextInt(3) > 0,
        random.nextInt(3) == 0,
        random.nextInt(3) > 0);
  }
}
