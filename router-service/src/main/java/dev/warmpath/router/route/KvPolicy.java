package dev.warmpath.router.route;

import java.time.Duration;
import java.util.List;

/**
 * Least expected delay, met and caused, in milliseconds.
 *
 * <p>A request waits for the prompts before it and computes what is not cached. While it computes,
 * others come and wait for it; and the blocks that it drives out of the cache may have to be
 * computed again.
 */
final class KvPolicy implements Policy {
  /*
   * The delay of others: until the queue is empty again, (wait + own) / (1 - rho) from here, lam
   * requests a millisecond come; the share STAYING of them cannot go elsewhere and waits longer by
   * the own prefill. lam and rho are averages over a minute, for an average target. The target's own
   * queue must not set the price: affinity makes queues, and queues would raise affinity.
   *
   * Eviction: a block that goes costs its prefill again if it is asked for again, which is the less
   * likely the longer nobody has.
   *
   * Until first tokens have taught the time of a token, all is in tokens: a token takes one
   * "millisecond", nothing is known of how busy targets are, and others cost nothing.
   */
  private static final double STAYING = 0.1;
  private static final double MAX_BUSY_SHARE = 0.97;
  private static final double FORGOTTEN_MILLIS = Duration.ofMinutes(5).toMillis();

  private static final int WAIT = 0;
  private static final int PREFILL = 1;
  private static final int OTHERS = 2;
  private static final int EVICTION = 3;
  private static final List<String> TERMS = List.of("wait", "prefill", "others", "eviction");

  @Override
  public String policyName() {
    return "kv";
  }

  @Override
  public List<String> terms() {
    return TERMS;
  }

  @Override
  public void price(Candidates candidates, Costs costs) {
    double poolPace = meanMillisPerToken(candidates);
    double othersPerMilli = poolPace == 0 ? 0 : othersPerMilli(candidates, poolPace);
    for (int i = 0; i < candidates.size(); i++) {
      double pace = millisPerToken(candidates, i, poolPace);
      double wait = candidates.queuedPrefillTokens(i) * pace;
      double prefill = candidates.uncachedTokens(i) * pace;
      costs.set(i, WAIT, wait);
      costs.set(i, PREFILL, prefill);
      costs.set(i, OTHERS, prefill * othersPerMilli * (wait + prefill));
      costs.set(
          i,
          EVICTION,
          evictedBlocks(candidates, i) * candidates.blockSize() * pace * value(candidates, i));
    }
  }

  /** Requests that wait for this one, for each millisecond that the target is busy with it. */
  private static double othersPerMilli(Candidates candidates, double millisPerToken) {
    int targets = candidates.size();
    double busyShare = candidates.prefillTokensPerMilli() * millisPerToken / targets;
    double idleShare = 1 - Math.min(MAX_BUSY_SHARE, busyShare);
    return STAYING * candidates.requestsPerMilli() / targets / idleShare;
  }

  private static long evictedBlocks(Candidates candidates, int index) {
    long capacity = candidates.target(index).worker().kvBlocksPerRank();
    if (capacity == 0) {
      return 0;
    }
    int stored = candidates.promptBlocks() - candidates.cachedBlocks(index);
    return Math.max(0, candidates.heldBlocks(index) + stored - capacity);
  }

  private static double value(Candidates candidates, int index) {
    return Math.exp(-candidates.oldestBlockMillis(index) / FORGOTTEN_MILLIS);
  }

  private static double millisPerToken(Candidates candidates, int index, double poolPace) {
    double own = candidates.prefillMillisPerToken(index);
    return own > 0 ? own : poolPace > 0 ? poolPace : 1;
  }

  /** Over the candidates of which it is known; 0 when it is of none. */
  private static double meanMillisPerToken(Candidates candidates) {
    double sum = 0;
    int known = 0;
    for (int i = 0; i < candidates.size(); i++) {
      double pace = candidates.prefillMillisPerToken(i);
      sum += pace;
      known += pace > 0 ? 1 : 0;
    }
    return known == 0 ? 0 : sum / known;
  }
}
