package dev.warmpath.router.route;

import java.util.List;

/** One after the other. */
final class RoundRobinPolicy implements Policy {
  @Override
  public String policyName() {
    return "round_robin";
  }

  @Override
  public List<String> terms() {
    return List.of("turn");
  }

  @Override
  public void price(Candidates candidates, Costs costs) {
    for (int i = 0; i < candidates.size(); i++) {
      costs.set(i, 0, (double) Math.floorMod(i - candidates.turn(), (long) candidates.size()));
    }
  }
}
