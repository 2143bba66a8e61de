package dev.warmpath.router.route;

import java.util.List;

/** Prices decode targets of a disaggregated pool: fewest KV blocks in use. */
enum DecodeLoad implements Policy {
  INSTANCE;

  @Override
  public String policyName() {
    return "decode_load";
  }

  @Override
  public List<String> terms() {
    return List.of("active_blocks");
  }

  @Override
  public void price(Candidates candidates, Costs costs) {
    for (int i = 0; i < candidates.size(); i++) {
      costs.set(i, 0, (double) candidates.activeBlocks(i));
    }
  }
}
