package dev.warmpath.router.route;

import java.util.List;

/** Prices candidates; the cheapest one is chosen, ties by chance. Stateless; any thread. */
public interface Policy {
  /** The name in requests, flags and metrics. */
  String policyName();

  /** Names of the terms whose sum is the cost. */
  List<String> terms();

  /**
   * Prices one candidate.
   *
   * @param candidates the request and all candidates
   * @param index which candidate
   * @param terms receives the terms; as long as {@link #terms}
   */
  void price(Candidates candidates, int index, double[] terms);
}
