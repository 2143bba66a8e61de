package dev.warmpath.router.replay.deploy;

import dev.warmpath.router.fleet.Role;

/**
 * A worker that dies: what runs on it starts anew elsewhere, and its cache is lost.
 *
 * @param role its pool
 * @param worker its number in the pool, from 0
 * @param atNanos when it dies, nanoseconds from the start
 * @param downNanos until it serves again, with an empty cache; {@link #FOR_GOOD} for never
 */
public record Failure(Role role, int worker, long atNanos, long downNanos) {
  /** The worker does not come back. */
  public static final long FOR_GOOD = Long.MAX_VALUE;

  public Failure {
    if (worker < 0 || atNanos < 0 || downNanos <= 0) {
      throw new IllegalArgumentException(
          "a failure needs worker and at not negative and for above 0, was worker %d, at %d ns, for %d ns"
              .formatted(worker, atNanos, downNanos));
    }
  }
}
