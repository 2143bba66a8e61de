package dev.warmpath.router.route;

import java.util.List;

/** Prices candidates; the cheapest one is chosen, ties by chance. Stateless; any thread. */
public interface Policy {
  /** The name in requests, flags and metrics. */
  String policyName();

  /** Names of the terms whose sum is the cost. */
  List<String> terms();

  /**
   * Prices all candidates.
   *
   * @param candidates the request and the targets among which it chooses
   * @param costs receives the terms of each; all are 0 before
   */
  void price(Candidates candidates, Costs costs);
}
