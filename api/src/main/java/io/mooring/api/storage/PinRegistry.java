package io.mooring.api.storage;

import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Revisions that must stay readable although compaction has passed them, each with an owner and a
 * deadline. Physical removal goes only below the lowest pin. A pin past its deadline is broken: it
 * holds nothing any more, and its owner, who asks {@link Pin#broken()} before trusting a read,
 * restarts or answers "compacted".
 *
 * <p>Any thread. Time is an argument, in the nanoseconds of a monotonic clock.
 */
public final class PinRegistry {

  private final Object lock = new Object();
  private final TreeSet<Pin> pins =
      new TreeSet<>(
          (a, b) ->
              a.revision != b.revision
                  ? Long.compare(a.revision, b.revision)
                  : Long.compare(a.id, b.id));
  private long nextId;
  private long brokenCount;

  /** One pinned revision. */
  public final class Pin implements AutoCloseable {
    private final long id;
    private final long revision;
    private final String owner;
    private final @Nullable MvccEngine engine;

    /** Under the lock. */
    private long deadlineNs;

    private volatile boolean broken;

    private Pin(
        long id, @Nullable MvccEngine engine, long revision, String owner, long deadlineNs) {
      this.id = id;
      this.engine = engine;
      this.revision = revision;
      this.owner = owner;
      this.deadlineNs = deadlineNs;
    }

    /** The pinned main revision. */
    public long revision() {
      return revision;
    }

    /** Who holds it, for operators. */
    public String owner() {
      return owner;
    }

    /** Whether its deadline passed: what it pinned may be gone. */
    public boolean broken() {
      return broken;
    }

    /**
     * Whether it holds anything in an engine. A member that has installed a transfer snapshot has
     * another engine, which may have begun above what was pinned in the old one.
     */
    public boolean isOf(MvccEngine asked) {
      return engine == null || engine == asked;
    }

    /** Where it holds, as {@link #tryPin} was told. */
    public MvccEngine engine() {
      return Objects.requireNonNull(engine, "pinned in no engine");
    }

    /** Moves the deadline, for an owner who has made progress; without effect on a broken pin. */
    public void extend(long newDeadlineNs) {
      synchronized (lock) {
        deadlineNs = newDeadlineNs;
      }
    }

    /** Pins a higher revision in the same engine, under the same owner; this one stays. */
    public Pin above(long higherRevision, long newDeadlineNs) {
      return pin(engine, higherRevision, owner, newDeadlineNs);
    }

    @Override
    public void close() {
      synchronized (lock) {
        pins.remove(this);
      }
    }
  }

  /** Pins a revision, which the caller knows to be readable now. */
  public Pin pin(long revision, String owner, long deadlineNs) {
    return pin(null, revision, owner, deadlineNs);
  }

  private Pin pin(@Nullable MvccEngine engine, long revision, String owner, long deadlineNs) {
    synchronized (lock) {
      Pin pin = new Pin(nextId++, engine, revision, owner, deadlineNs);
      pins.add(pin);
      return pin;
    }
  }

  /**
   * Pins a revision if it is readable now.
   *
   * @return null when compaction has passed it
   */
  public @Nullable Pin tryPin(MvccEngine engine, long revision, String owner, long deadlineNs) {
    Pin pin = pin(engine, revision, owner, deadlineNs);
    // Asked after the pin stands: whatever an engine removes for a later compaction, it looks at
    // the pins first.
    if (engine.state().compactRevision() <= revision) {
      return pin;
    }
    pin.close();
    return null;
  }

  /** Breaks every pin whose deadline has passed. */
  public void expire(long nowNs) {
    synchronized (lock) {
      pins.removeIf(
          pin -> {
            boolean late = pin.deadlineNs - nowNs < 0;
            if (late) {
              pin.broken = true;
              brokenCount++;
            }
            return late;
          });
    }
  }

  /** Pins held now. */
  public int count() {
    synchronized (lock) {
      return pins.size();
    }
  }

  /** Pins broken so far. */
  public long brokenCount() {
    synchronized (lock) {
      return brokenCount;
    }
  }

  /** The lowest pinned revision, {@link Long#MAX_VALUE} when nothing is pinned. */
  public long lowest() {
    synchronized (lock) {
      return pins.isEmpty() ? Long.MAX_VALUE : pins.first().revision;
    }
  }
}
