package dev.warmpath.router.replay.rivals;

import dev.warmpath.router.route.Candidates;
import dev.warmpath.router.route.Costs;
import dev.warmpath.router.route.Policy;
import java.util.List;

/**
 * llm-d's default of 2026: the prefix-affinity filter keeps the targets that hold at least 0.8 of
 * the prompt, unless the shortest queue among them is longer than the shortest of all by more than
 * 18 s of prefill; of those that are left, the fewest tokens in flight decide (token-load scorer).
 * The filter's peak prefill rate is the one that the targets show, or 15,928 tokens/s until they
 * do.
 */
final class LlmDPolicy implements Policy {
  private static final double AFFINITY = 0.8;
  private static final double MAX_PENALTY_MILLIS = 18_000;
  private static final double DEFAULT_MILLIS_PER_TOKEN = 1_000 / 15_928.0;
  private static final double MAX_TOKENS = 4_194_304;

  /** More than any token load. */
  private static final double FILTERED = 2;

  @Override
  public String policyName() {
    return "llm_d";
  }

  @Override
  public List<String> terms() {
    return List.of("filtered", "token_load");
  }

  @Override
  public void price(Candidates candidates, Costs costs) {
    double leastAffine = Double.POSITIVE_INFINITY;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < candidates.size(); i++) {
      double millis = candidates.queuedPrefillTokens(i) * millisPerToken(candidates, i);
      least = Math.min(least, millis);
      leastAffine = affine(candidates, i) ? Math.min(leastAffine, millis) : leastAffine;
    }
    boolean filter = leastAffine - least <= MAX_PENALTY_MILLIS;
    for (int i = 0; i < candidates.size(); i++) {
      costs.set(i, 0, filter && !affine(candidates, i) ? FILTERED : 0);
      costs.set(i, 1, Math.min(1, candidates.queuedPrefillTokens(i) / MAX_TOKENS));
    }
  }

  private static boolean affine(Candidates candidates, int index) {
    return candidates.cachedBlocks(index) >= AFFINITY * candidates.promptBlocks()
        && candidates.cachedBlocks(index) > 0;
  }

  private static double millisPerToken(Candidates candidates, int index) {
    double shown = candidates.prefillMillisPerToken(index);
    return shown > 0 ? shown : DEFAULT_MILLIS_PER_TOKEN;
  }
}
