package dev.warmpath.router.replay.report;

import java.util.Arrays;

/**
 * How some figures are distributed. Percentiles lie linearly between the two nearest ranks, as
 * numpy has them; all are 0 when there is no figure.
 *
 * @param mean arithmetic mean
 * @param p50 median
 * @param p90 90th percentile
 * @param p95 95th percentile
 * @param p99 99th percentile
 * @param max largest
 */
public record Distribution(
    double mean, double p50, double p90, double p95, double p99, double max) {

  /**
   * The distribution of some figures.
   *
   * @param values sorted by this call
   */
  static Distribution of(double[] values) {
    if (values.length == 0) {
      return new Distribution(0, 0, 0, 0, 0, 0);
    }
    double mean = Arrays.stream(values).sum() / values.length;
    Arrays.sort(values);
    return new Distribution(
        mean,
        percentile(values, 0.50),
        percentile(values, 0.90),
        percentile(values, 0.95),
        percentile(values, 0.99),
        values[values.length - 1]);
  }

  /** The figure below which a share of some sorted figures lies, 0 to 1. */
  static double percentile(double[] sorted, double share) {
    double place = share * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
  }
}
