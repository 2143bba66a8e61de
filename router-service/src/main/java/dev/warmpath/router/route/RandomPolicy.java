package dev.warmpath.router.route;

import java.util.List;

/** Any, with equal chance. */
final class RandomPolicy implements Policy {
  @Override
  public String policyName() {
    return "random";
  }

  @Override
  public List<String> terms() {
    return List.of("chance");
  }

  @Override
  public void price(Candidates candidates, Costs costs) {
    // All cost the same, and ties are broken by chance.
  }
}
