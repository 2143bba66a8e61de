package dev.warmpath.router.route;

/**
 * The cheapest candidate so far, or one that was drawn, and the cheapest of the others. Reused; one
 * thread at a time.
 */
final class Choice {
  /** Stands for no candidate. */
  static final int NOBODY = -1;

  private int chosen = NOBODY;
  private int next = NOBODY;
  private double cost = Double.POSITIVE_INFINITY;
  private double nextCost = Double.POSITIVE_INFINITY;
  private int equals;

  /** Forgets all candidates. */
  void start() {
    chosen = NOBODY;
    next = NOBODY;
    cost = Double.POSITIVE_INFINITY;
    nextCost = Double.POSITIVE_INFINITY;
    equals = 0;
  }

  /**
   * Takes a candidate into account.
   *
   * @param chance decides among equals, with the candidate's number: each of k equals is chosen
   *     with chance 1/k
   */
  void offer(int candidate, double candidateCost, long chance) {
    if (chosen == NOBODY || candidateCost < cost) {
      equals = 1;
      lead(candidate, candidateCost);
    } else if (candidateCost == cost
        && Math.floorMod(SplitMix64.mix(chance + candidate), ++equals) == 0) {
      lead(candidate, candidateCost);
    } else if (next == NOBODY || candidateCost < nextCost) {
      next = candidate;
      nextCost = candidateCost;
    }
  }

  /** Chooses another candidate than the cheapest, which comes next then. */
  void draw(int candidate, double candidateCost) {
    if (candidate != chosen) {
      lead(candidate, candidateCost);
    }
  }

  private void lead(int candidate, double candidateCost) {
    next = chosen;
    nextCost = cost;
    chosen = candidate;
    cost = candidateCost;
  }

  /** The cheapest candidate. */
  int chosen() {
    return chosen;
  }

  /** The candidate after it; {@link #NOBODY} when there is only one. */
  int next() {
    return next;
  }

  /** Cost of {@link #next}. */
  double nextCost() {
    return nextCost;
  }
}
