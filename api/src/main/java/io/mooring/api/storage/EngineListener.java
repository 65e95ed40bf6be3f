package io.mooring.api.storage;

/** What an engine tells its owner, on threads of its own; implementations hand over and return. */
public interface EngineListener {

  /** Commits up to this applied index would survive a crash. Only rises. */
  default void durable(long appliedIndex) {}

  /** Physical removal below this compact revision has finished. Only rises. */
  default void reclaimed(long revision) {}

  /**
   * One transaction of the write-behind, its sync included, took so many nanoseconds. {@link
   * MvccEngine#maintain} may have something to do now.
   */
  default void wrote(long tookNs) {}

  /** Background work met a fault that it cannot outlive; the member must stop. Called once. */
  void failed(EngineException cause);
}
