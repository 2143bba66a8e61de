package dev.warmpath.router.replay.rivals;

import dev.warmpath.router.route.Candidates;
import dev.warmpath.router.route.Costs;
import dev.warmpath.router.route.Policy;
import java.util.List;

/**
 * The cache-aware policy of the SGLang gateway with the defaults of its command line, over the
 * exact index. Requests in flight are imbalanced when the most are above the fewest by more than 64
 * and more than 1.5 times: then the fewest decide. Else the longest match does when it covers more
 * than 0.3 of the prompt, and the smallest cache when not.
 */
final class SglangCacheAwarePolicy implements Policy {
  private static final double CACHE_THRESHOLD = 0.3;
  private static final long BALANCE_ABSOLUTE = 64;
  private static final double BALANCE_RELATIVE = 1.5;

  @Override
  public String policyName() {
    return "sglang_cache_aware";
  }

  @Override
  public List<String> terms() {
    return List.of("requests", "unmatched_blocks", "cache_blocks");
  }

  @Override
  public void price(Candidates candidates, Costs costs) {
    long most = 0;
    long fewest = Long.MAX_VALUE;
    int longest = 0;
    for (int i = 0; i < candidates.size(); i++) {
      most = Math.max(most, candidates.activeRequests(i));
      fewest = Math.min(fewest, candidates.activeRequests(i));
      longest = Math.max(longest, candidates.cachedBlocks(i));
    }
    boolean imbalanced = most - fewest > BALANCE_ABSOLUTE && most > BALANCE_RELATIVE * fewest;
    double matchedTokens = (double) longest * candidates.blockSize();
    boolean matched = matchedTokens > CACHE_THRESHOLD * candidates.promptTokens();
    for (int i = 0; i < candidates.size(); i++) {
      if (imbalanced) {
        costs.set(i, 0, (double) candidates.activeRequests(i));
      } else if (matched) {
        costs.set(i, 1, longest - candidates.cachedBlocks(i));
      } else {
        costs.set(i, 2, (double) candidates.heldBlocks(i));
      }
    }
  }
}
