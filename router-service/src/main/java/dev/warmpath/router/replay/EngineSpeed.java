package dev.warmpath.router.replay;

import java.time.Duration;

/**
 * How fast a simulated target works.
 *
 * @param prefillTokensPerSecond prompt tokens computed in a second, one prompt at a time
 * @param nanosPerOutputToken time between two output tokens of one request, nanoseconds; the same
 *     whatever else runs
 * @param batchLimit requests that may be in prefill and decode at once; {@link #UNLIMITED} for any
 */
public record EngineSpeed(double prefillTokensPerSecond, long nanosPerOutputToken, int batchLimit) {
  /** No batch limit. */
  public static final int UNLIMITED = Integer.MAX_VALUE;

  private static final double NANOS_PER_SECOND = Duration.ofSeconds(1).toNanos();

  public EngineSpeed {
    if (!(prefillTokensPerSecond > 0) || Double.isInfinite(prefillTokensPerSecond)) {
      throw new IllegalArgumentException(
          "prefillTokensPerSecond must be above 0: " + prefillTokensPerSecond);
    }
    if (nanosPerOutputToken < 0) {
      throw new IllegalArgumentException(
          "nanosPerOutputToken must not be negative: " + nanosPerOutputToken);
    }
    if (batchLimit < 1) {
      throw new IllegalArgumentException("batchLimit must be at least 1: " + batchLimit);
    }
  }

  /** The same engine, computing prompts at half this speed. */
  EngineSpeed atHalfSpeed() {
    return new EngineSpeed(prefillTokensPerSecond / 2, nanosPerOutputToken, batchLimit);
  }

  /** Time to compute {@code tokens} prompt tokens, nanoseconds. */
  public long prefillNanos(int tokens) {
    return Math.round(tokens * NANOS_PER_SECOND / prefillTokensPerSecond);
  }

  /** The batch limit as a worker tells it: 0 for none. */
  public int maxBatchRequests() {
    return batchLimit == UNLIMITED ? 0 : batchLimit;
  }

  /** Time from the first output token to the last, nanoseconds. */
  public long decodeNanos(int outputTokens) {
    return Math.max(0, outputTokens - 1) * nanosPerOutputToken;
  }
}
