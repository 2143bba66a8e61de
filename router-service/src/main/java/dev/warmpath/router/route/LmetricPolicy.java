package dev.warmpath.router.route;

import java.util.List;

/**
 * Prefill left to do there, this request's included, times the requests there, this one included
 * (LMetric, OSDI 2026).
 */
final class LmetricPolicy implements Policy {
  @Override
  public String policyName() {
    return "lmetric";
  }

  @Override
  public List<String> terms() {
    return List.of("prefill_times_batch");
  }

  @Override
  public void price(Candidates candidates, Costs costs) {
    for (int i = 0; i < candidates.size(); i++) {
      long prefillTokens = candidates.queuedPrefillTokens(i) + candidates.uncachedTokens(i);
      costs.set(i, 0, (double) prefillTokens * (candidates.activeRequests(i) + 1));
    }
  }
}
