package io.mooring.raft;

import io.mooring.base.Check;
import io.mooring.loop.Loop;
import io.mooring.loop.VertxLoop;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.jspecify.annotations.Nullable;

/** Binds a {@link RaftDriver} to an event loop of its own. */
public final class RaftVerticle extends VerticleBase {

  private final Assembly assembly;
  private final long stopGraceNs;
  private @Nullable RaftDriver driver;

  /** Makes the two sides that need each other. Called on the raft loop; must not block. */
  public interface Assembly {

    /** The driver, on the raft loop. */
    RaftDriver driver(Loop raftLoop);

    /** What applies for that driver and reports to it. */
    Applier applier(RaftDriver driver);
  }

  /**
   * Prepares a deployment of one instance.
   *
   * @param stopGraceNs how long an undeployment waits for writes and reads under way
   */
  public RaftVerticle(Assembly assembly, long stopGraceNs) {
    this.assembly = assembly;
    this.stopGraceNs = stopGraceNs;
  }

  /** The driver, once the verticle is deployed; the member then serves. */
  public RaftDriver driver() {
    return Check.present(driver, "not deployed");
  }

  @Override
  public Future<?> start() {
    Loop loop = new VertxLoop(context);
    driver = assembly.driver(loop);
    return driver.start(loop, assembly.applier(driver));
  }

  @Override
  public Future<?> stop() {
    return driver().stop(new VertxLoop(context), stopGraceNs);
  }
}
