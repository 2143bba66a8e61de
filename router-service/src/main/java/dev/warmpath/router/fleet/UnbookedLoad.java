package dev.warmpath.router.fleet;

import java.time.Duration;

/**
 * What a worker reported of one slot, and how much of it was not booked when the report came: load
 * that reached the target past its routers, or whose bookings are lost. Immutable.
 *
 * @param report what was said
 * @param requests requests that were not booked
 * @param blocks KV blocks that were not booked
 * @param prefillTokens queued prompt tokens that were not booked
 * @param heardNanos when the report came
 */
record UnbookedLoad(
    LoadReport report, long requests, long blocks, long prefillTokens, long heardNanos) {
  /*
   * A decision goes by
   *
   *   booked + max(0, reported - booked when the report came) * max(0, 1 - age / LIFE)
   *
   * The difference is taken when the report comes, so that bookings made and ended since then count
   * at once. It never lowers what is booked: a request on its way to the target is booked and not
   * reported yet, and a booking whose request is gone ends by expiry. Old reports fade, since what
   * they found unbooked has an end that nobody tells.
   */
  static final long LIFE_NANOS = Duration.ofSeconds(5).toNanos();

  /** Whether all that was reported was booked. */
  boolean isNothing() {
    return requests == 0 && blocks == 0 && prefillTokens == 0;
  }

  /** How much of it still counts, 0 to 1. */
  double weight(long nowNanos) {
    long age = Math.max(0, nowNanos - heardNanos);
    return age >= LIFE_NANOS ? 0 : 1 - (double) age / LIFE_NANOS;
  }

  boolean isOver(long nowNanos) {
    return nowNanos - heardNanos >= LIFE_NANOS;
  }
}
