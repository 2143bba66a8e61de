package dev.warmpath.router.replay.deploy;

/**
 * How cache events reach the router.
 *
 * @param delayNanos from the change of a cache to the index, nanoseconds
 * @param lossShare share of event batches that get lost, 0 to 1; a loss is repaired by a resync as
 *     soon as the next batch shows it
 */
public record EventFaults(long delayNanos, double lossShare) {
  /** At once, all of them. */
  public static final EventFaults NONE = new EventFaults(0, 0);

  public EventFaults {
    if (delayNanos < 0) {
      throw new IllegalArgumentException("event_delay_ms must not be negative: " + delayNanos);
    }
    if (!(lossShare >= 0 && lossShare <= 1)) {
      throw new IllegalArgumentException("event_loss must be from 0 to 1: " + lossShare);
    }
  }
}
