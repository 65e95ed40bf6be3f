package io.mooring.boot;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes one thing after the other, also when some of them cannot be: what is left open would hold
 * files, ports and threads for as long as the process lasts. One thread.
 */
final class Closing {

  private static final Logger LOG = LoggerFactory.getLogger(Closing.class);

  private @Nullable RuntimeException failure;

  /**
   * Does one step.
   *
   * @param doing for the log
   */
  Closing then(String doing, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      LOG.error("{}: {}", doing, e.toString());
      if (failure == null) {
        failure = e;
      } else if (failure != e) {
        failure.addSuppressed(e);
      }
    }
    return this;
  }

  /**
   * Says how it went.
   *
   * @throws RuntimeException the first failure, with the others attached
   */
  void end() {
    if (failure != null) {
      throw failure;
    }
  }
}
