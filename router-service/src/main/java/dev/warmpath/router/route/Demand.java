package dev.warmpath.router.route;

import java.time.Duration;

/**
 * What the targets of one model have been asked for lately: requests and prompt tokens to compute,
 * averaged over about a minute. One thread at a time writes; any thread may read, and sees at worst
 * one figure that is a booking older than the other.
 */
final class Demand {
  /*
   * Both are sums in which each booking counts less by the factor e each minute. Divided by the
   * minute they are rates; soon after the start, when a minute is not over, by the part that is.
   */
  private static final double WINDOW_NANOS = Duration.ofMinutes(1).toNanos();
  private static final double LEAST_NANOS = Duration.ofSeconds(5).toNanos();

  private volatile long firstNanos;
  private volatile long lastNanos;
  private volatile double requests;
  private volatile double tokens;
  private volatile double promptTokens;

  /** A request was booked that leaves {@code uncachedTokens} of its prompt to compute. */
  void booked(int prompt, int uncachedTokens, long nowNanos) {
    if (requests == 0) {
      firstNanos = nowNanos;
      lastNanos = nowNanos;
    }
    double kept = kept(nowNanos);
    tokens = tokens * kept + uncachedTokens;
    promptTokens = promptTokens * kept + prompt;
    requests = requests * kept + 1;
    lastNanos = Math.max(lastNanos, nowNanos);
  }

  /** Requests in a nanosecond. */
  double requestsPerNano(long nowNanos) {
    return requests * kept(nowNanos) / windowNanos(nowNanos);
  }

  /** Prompt tokens to compute in a nanosecond. */
  double tokensPerNano(long nowNanos) {
    return tokens * kept(nowNanos) / windowNanos(nowNanos);
  }

  /** Of all prompt tokens, the share that is found in caches; 0 before the first request. */
  double cachedShare() {
    double asked = promptTokens;
    return asked == 0 ? 0 : Math.clamp(1 - tokens / asked, 0, 1);
  }

  private double kept(long nowNanos) {
    return StrictMath.exp(-Math.max(0, nowNanos - lastNanos) / WINDOW_NANOS);
  }

  private double windowNanos(long nowNanos) {
    double lived = Math.max(LEAST_NANOS, (double) (nowNanos - firstNanos));
    return -WINDOW_NANOS * StrictMath.expm1(-lived / WINDOW_NANOS);
  }
}
