package dev.warmpath.router.route;

/**
 * Whether requests wait when every target of their model is beyond its {@link LoadLimits}, and how
 * many for how long. Immutable.
 *
 * @param maxRequests requests of the model that may wait, 0 or more; 0 for none: they are refused
 *     at once
 * @param maxWaitNanos how long one may wait, nanoseconds, 0 or more
 */
public record WaitingLimits(int maxRequests, long maxWaitNanos) {
  /** Nobody waits. */
  public static final WaitingLimits OFF = new WaitingLimits(0, 0);

  public WaitingLimits {
    if (maxRequests < 0 || maxWaitNanos < 0) {
      throw new IllegalArgumentException(
          "maxRequests and maxWaitNanos must be 0 or more: %d, %d"
              .formatted(maxRequests, maxWaitNanos));
    }
  }
}
