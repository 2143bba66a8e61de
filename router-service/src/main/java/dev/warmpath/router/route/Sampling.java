package dev.warmpath.router.route;

/**
 * Draws a candidate by chance instead of taking the cheapest: with costs c, candidate i has chance
 * proportional to exp(-(c_i - c_min) / ((c_max - c_min) T)), T being the temperature. Normalised by
 * the spread of the costs, so T means the same whatever their unit; when all cost the same, all
 * have the same chance (NVIDIA Dynamo's rule). Stateless; any thread.
 */
final class Sampling {
  private static final double UNIT = 0x1.0p-53;
  private static final int DROPPED_BITS = 11;

  private Sampling() {}

  /**
   * Draws one.
   *
   * @param temperature above 0; the higher, the more even the chances
   * @param seed decides: the same seed draws the same candidate from the same costs
   */
  static int draw(Costs costs, double temperature, long seed) {
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < costs.size(); i++) {
      double cost = costs.total(i);
      if (Double.isFinite(cost)) {
        least = Math.min(least, cost);
        most = Math.max(most, cost);
      }
    }
    double scale =
        most > least ? Math.min(Double.MAX_VALUE, 1 / ((most - least) * temperature)) : 0;
    double sum = 0;
    for (int i = 0; i < costs.size(); i++) {
      sum += weight(costs.total(i), least, scale);
    }
    double left = sum * (SplitMix64.mix(seed) >>> DROPPED_BITS) * UNIT;
    int drawn = 0;
    for (int i = 0; i < costs.size() && left >= 0; i++) {
      double weight = weight(costs.total(i), least, scale);
      if (weight > 0) {
        drawn = i;
        left -= weight;
      }
    }
    return drawn;
  }

  /** A cost without end has no chance. */
  private static double weight(double cost, double least, double scale) {
    return Double.isFinite(cost) ? StrictMath.exp((least - cost) * scale) : 0;
  }
}
