package io.mooring.boot;

import io.mooring.api.storage.EngineProvider;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** The storage engines on the class path, by name. */
final class Engines {

  private final Map<String, EngineProvider> byName = new TreeMap<>();

  private Engines() {
    for (EngineProvider provider :
        ServiceLoader.load(EngineProvider.class, Engines.class.getClassLoader())) {
      byName.put(provider.name(), provider);
    }
  }

  /** Looks for engines. */
  static Engines find() {
    return new Engines();
  }

  /** Their names, in alphabetical order. */
  java.util.Set<String> names() {
    return java.util.Collections.unmodifiableSet(byName.keySet());
  }

  /** The provider of a known name. */
  EngineProvider provider(String name) {
    EngineProvider provider = byName.get(name);
    if (provider == null) {
      throw new StartException("storage-engine: " + name + ": no such engine in this build");
    }
    return provider;
  }
}
