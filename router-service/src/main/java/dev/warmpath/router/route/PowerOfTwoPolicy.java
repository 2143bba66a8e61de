package dev.warmpath.router.route;

import java.util.List;

/** Of two drawn by chance the one with fewer requests; of equals the one drawn first. */
final class PowerOfTwoPolicy implements Policy {
  private static final double NOT_DRAWN = 1;

  @Override
  public String policyName() {
    return "power_of_two";
  }

  @Override
  public List<String> terms() {
    return List.of("not_chosen");
  }

  @Override
  public void price(Candidates candidates, Costs costs) {
    int size = candidates.size();
    if (size == 1) {
      return;
    }
    int first = (int) Long.remainderUnsigned(SplitMix64.mix(candidates.seed()), size);
    int step = (int) Long.remainderUnsigned(SplitMix64.mix(~candidates.seed()), size - 1);
    int second = (first + 1 + step) % size;
    int better =
        candidates.activeRequests(second) < candidates.activeRequests(first) ? second : first;
    for (int i = 0; i < size; i++) {
      costs.set(i, 0, i == better ? 0 : NOT_DRAWN);
    }
  }
}
