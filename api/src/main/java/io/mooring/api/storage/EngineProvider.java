package io.mooring.api.storage;

/** Opens one kind of engine. Found by {@link java.util.ServiceLoader} under its name. */
public interface EngineProvider {

  /** The name users choose it by, lower case: {@code memory}, {@code lmdb}, {@code rocksdb}. */
  String name();

  /** Version of the format it writes; it opens this one and older ones. */
  int formatVersion();

  /**
   * Does what an opening needs and takes long, such as binding native code, while the caller does
   * something else. Any thread; called before {@link #open} or never. What fails here must fail
   * again there.
   */
  default void warmUp() {}

  /** Opens or creates the store in the directory of the configuration. */
  MvccEngine open(EngineConfig config);
}
