package dev.warmpath.router.route;

import java.time.Duration;

/**
 * Whether requests wait when every target of their model is beyond its {@link LoadLimits}, and how
 * many for how long. Immutable.
 *
 * @param maxRequests requests of the model that may wait, 0 to {@link #MAX_REQUESTS}; 0 for none:
 *     they are refused at once
 * @param maxWaitNanos how long one may wait, nanoseconds, 0 to {@link #MAX_WAIT}
 */
public record WaitingLimits(int maxRequests, long maxWaitNanos) {
  /** Most requests of a model that can be let wait. */
  public static final int MAX_REQUESTS = 100_000;

  /** The longest that a request can be let wait. */
  public static final Duration MAX_WAIT = Duration.ofMinutes(10);

  /** The longest between two tries, since deadlines pass and load fades without a sign. */
  public static final Duration PAUSE = Duration.ofMillis(20);

  /** Nobody waits. */
  public static final WaitingLimits OFF = new WaitingLimits(0, 0);

  public WaitingLimits {
    check("max_requests", maxRequests, MAX_REQUESTS);
    check("max_wait_ms", maxWaitNanos / 1e6, MAX_WAIT.toMillis());
  }

  /** Whether a request may wait at all. */
  public boolean allowWaiting() {
    return maxRequests > 0 && maxWaitNanos > 0;
  }

  private static void check(String field, double value, long most) {
    if (value < 0 || value > most) {
      throw new IllegalArgumentException("%s must be 0 to %d: %.0f".formatted(field, most, value));
    }
  }
}
