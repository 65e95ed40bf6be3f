package io.mooring.read;

/** Where engine reads run: threads that may wait for a disk, or a simulated loop. */
@FunctionalInterface
public interface ReaderPool {

  /** Takes a task; false when there is no room for it now. Any thread. */
  boolean offer(Runnable task);
}
