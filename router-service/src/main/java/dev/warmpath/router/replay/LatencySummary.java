package dev.warmpath.router.replay;

import java.time.Duration;
import java.util.Arrays;

/**
 * Latencies of all requests, milliseconds; percentiles are exact, by nearest rank.
 *
 * @param mean arithmetic mean
 * @param p50 median
 * @param p90 90th percentile
 * @param p99 99th percentile
 */
public record LatencySummary(double mean, double p50, double p90, double p99) {
  private static final double NANOS_PER_MILLI = Duration.ofMillis(1).toNanos();

  /**
   * The summary of some latencies.
   *
   * @param nanos at least one; sorted by this call
   */
  static LatencySummary of(long[] nanos) {
    Arrays.sort(nanos);
    double mean = Arrays.stream(nanos).average().orElseThrow() / NANOS_PER_MILLI;
    return new LatencySummary(
        mean, percentile(nanos, 50), percentile(nanos, 90), percentile(nanos, 99));
  }

  private static double percentile(long[] sorted, int percent) {
    long rank = Math.ceilDiv((long) sorted.length * percent, 100L);
    return sorted[(int) Math.max(0, rank - 1)] / NANOS_PER_MILLI;
  }
}
