package io.mooring.machine.hash;

import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * Hashes of bytes and numbers, 64 bits wide. Not secret and not collision-proof against an enemy:
 * they find members that differ by accident. Two checksums side by side see every change of up to
 * 32 neighbouring bits; the finisher spreads their bits, so that sums of digests are worth as much
 * as one.
 */
final class Digest {

  private static final long ODD = 0x9e3779b97f4a7c15L;

  private final CRC32 first = new CRC32();
  private final CRC32C second = new CRC32C();

  /** Digest of bytes. */
  long of(byte[] bytes) {
    first.reset();
    second.reset();
    first.update(bytes);
    second.update(bytes);
    return mix((first.getValue() << 32 | second.getValue()) + ODD * bytes.length);
  }

  /**
   * Goes on from a digest with another number. One to one in each argument: what once differed
   * differs for good, as long as what follows is equal.
   */
  static long chain(long digest, long next) {
    return mix(digest + ODD * next);
  }

  /** The finisher of SplitMix64: one to one, every input bit reaches every output bit. */
  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
