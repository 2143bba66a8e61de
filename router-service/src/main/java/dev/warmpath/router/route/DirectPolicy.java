package dev.warmpath.router.route;

import java.util.List;

/**
 * Whatever target the request pins; when it pins a worker of several ranks, the one with the fewest
 * requests.
 */
final class DirectPolicy implements Policy {
  @Override
  public String policyName() {
    return "direct";
  }

  @Override
  public List<String> terms() {
    return List.of("requests");
  }

  @Override
  public void price(Candidates candidates, Costs costs) {
    for (int i = 0; i < candidates.size(); i++) {
      costs.set(i, 0, (double) candidates.activeRequests(i));
    }
  }
}
