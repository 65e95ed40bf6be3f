package io.mooring.loop;

/**
 * Where a defect or a storage fault ends up. The real one logs once and stops the process; a test
 * or simulated one records it and lets the member lie. Any thread may call; only the first counts.
 */
@FunctionalInterface
public interface FatalHandler {

  /**
   * Ends the member.
   *
   * @param where what was running, for the operator
   * @param cause why it cannot go on
   */
  void fatal(String where, Throwable cause);
}
