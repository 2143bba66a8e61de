package dev.warmpath.router.route;

import java.util.List;

/** Fewest prompt and output tokens outstanding. */
final class LeastLoadedPolicy implements Policy {
  @Override
  public String policyName() {
    return "least_loaded";
  }

  @Override
  public List<String> terms() {
    return List.of("outstanding_tokens");
  }

  @Override
  public void price(Candidates candidates, Costs costs) {
    for (int i = 0; i < candidates.size(); i++) {
      costs.set(i, 0, (double) candidates.outstandingTokens(i));
    }
  }
}
