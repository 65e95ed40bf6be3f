package io.mooring.boot;

import io.mooring.api.storage.EngineException;
import io.mooring.api.storage.EngineListener;
import io.mooring.apply.ApplyDriver;
import io.mooring.base.Histogram;
import io.mooring.loop.FatalHandler;
import org.jspecify.annotations.Nullable;

/** Carries what the engine says to those concerned. The engine is there before they are. */
final class EngineEvents implements EngineListener {

  private final FatalHandler fatal;
  private final Histogram writesNs = Histogram.doubling(1_000_000, 14);
  private volatile @Nullable ApplyDriver apply;

  EngineEvents(FatalHandler fatal) {
    this.fatal = fatal;
  }

  /** Passes on to this driver from now on; what came before, it asks the engine for. */
  void bind(ApplyDriver driver) {
    apply = driver;
  }

  /** How long the engine's own transactions take. Any thread. */
  Histogram writesNs() {
    return writesNs;
  }

  @Override
  public void wrote(long tookNs) {
    writesNs.record(tookNs);
    ApplyDriver driver = apply;
    if (driver != null) {
      driver.wrote();
    }
  }

  @Override
  public void reclaimed(long revision) {
    ApplyDriver driver = apply;
    if (driver != null) {
      driver.reclaimed(revision);
    }
  }

  @Override
  public void failed(EngineException cause) {
    fatal.fatal("storage engine", cause);
  }
}
