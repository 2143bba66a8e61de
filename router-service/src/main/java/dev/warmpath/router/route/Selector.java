package dev.warmpath.router.route;

/** Picks the cheapest candidate; among equals, each has the same chance. */
final class Selector {
  private Selector() {}

  /**
   * The index of the chosen candidate.
   *
   * @param seed decides among equals
   */
  static int cheapest(Candidates candidates, Policy policy, long seed) {
    double[] terms = new double[policy.terms().size()];
    double best = Double.POSITIVE_INFINITY;
    int chosen = 0;
    int equals = 0;
    for (int i = 0; i < candidates.size(); i++) {
      double cost = cost(candidates, policy, i, terms);
      if (cost < best) {
        best = cost;
        chosen = i;
        equals = 1;
      } else if (cost == best && Math.floorMod(mix(seed + i), ++equals) == 0) {
        chosen = i;
      }
    }
    return chosen;
  }

  static double cost(Candidates candidates, Policy policy, int index, double[] terms) {
    policy.price(candidates, index, terms);
    double cost = 0;
    for (double term : terms) {
      cost += term;
    }
    return cost;
  }

  /**
   * Finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators).
   */
  private static long mix(long seed) {
    long z = seed * 0x9E3779B97F4A7C15L + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
