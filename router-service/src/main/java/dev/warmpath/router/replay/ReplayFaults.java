package dev.warmpath.router.replay;

import java.time.Duration;

/**
 * What goes wrong in a replay.
 *
 * @param eventLag how late the router hears of changes in the caches
 * @param lostEventShare of the changes, 0 to 1, that it never hears of; nothing repairs that
 * @param restartShare of the workers, 0 to 1, whose caches become empty in the middle of the trace
 * @param slowWorker whether the first worker computes prompts at half the speed of the others
 * @param routers how many routers take requests in turn; all hear of caches and of the ends of
 *     their own requests at once
 * @param syncLag how late a router hears of bookings and reports of the others; {@link #NEVER} for
 *     not at all
 */
public record ReplayFaults(
    Duration eventLag,
    double lostEventShare,
    double restartShare,
    boolean slowWorker,
    int routers,
    Duration syncLag) {
  /** Routers that do not tell one another. */
  public static final Duration NEVER = Duration.ofDays(10_000);

  /** Nothing goes wrong. */
  public static final ReplayFaults NONE =
      new ReplayFaults(Duration.ZERO, 0, 0, false, 1, Duration.ZERO);

  public ReplayFaults {
    if (eventLag.isNegative() || syncLag.isNegative()) {
      throw new IllegalArgumentException(
          "must not be negative: eventLag %s, syncLag %s".formatted(eventLag, syncLag));
    }
    if (!(lostEventShare >= 0 && lostEventShare <= 1)
        || !(restartShare >= 0 && restartShare <= 1)) {
      throw new IllegalArgumentException(
          "must be 0 to 1: lostEventShare %s, restartShare %s"
              .formatted(lostEventShare, restartShare));
    }
    if (routers < 1) {
      throw new IllegalArgumentException("routers must be at least 1: " + routers);
    }
  }

  /** Whether the router hears of every change in the end. */
  boolean losesNothing() {
    return lostEventShare == 0;
  }
}
