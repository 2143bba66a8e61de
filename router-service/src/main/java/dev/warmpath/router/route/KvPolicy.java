package dev.warmpath.router.route;

import dev.warmpath.indexer.event.Tier;
import dev.warmpath.router.fleet.CostCoefficients;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Least expected delay, met and caused, in milliseconds.
 *
 * <p>A request waits for the prompts before it, computes what is not cached, fetches what lies on a
 * slower tier, and waits for a place in the batch and for KV memory. While it computes, others come
 * and wait for it; and the blocks that it drives out of the cache may have to be computed again.
 */
final class KvPolicy implements Policy {
  /** The term that is paid where a request generates, wherever its prompt is computed. */
  static final String PLACE_TERM = "place";

  /*
   * others: until the queue is empty again, (wait + own) / (1 - rho) from here, lam requests a
   * millisecond come; the share STAYING of them cannot go elsewhere and waits longer by the own
   * prefill. lam and rho are averages over a minute, for an average target. The target's own queue
   * must not set the price: affinity makes queues, and queues would raise affinity.
   *
   * eviction: a block that goes costs its prefill again if it is asked for again: the less likely the
   * longer nobody has, and the fewer of all prompts are found in caches. MISSED of that, since a part
   * of what goes would go for the next prompt, or be asked for elsewhere.
   *
   * crowding: who comes back to what a cache holds will come here. A thousandth of the prefill of
   * all that it holds more than the emptiest parts equals, so that prefixes which nobody holds yet
   * spread; it is too small to outweigh what is cached.
   *
   * place: those that generate leave one by one; by Little's law one stays, after its first token, as
   * long as it takes until as many come as generate, both of this router's. It passes while the
   * prompts before are computed, so what counts is how much longer it takes than wait. Of KV memory
   * the last part counts as taken: answers grow, and a prompt that finds no room keeps those behind
   * it waiting, too. What is cached needs room like what is not, but for what others use just now.
   * A worker that does not say how many requests it runs at once may keep no answers at all.
   *
   * A block on a slower tier is fetched, or computed if that is cheaper; unless the worker says what a
   * fetch takes, it is the share of a prefill that NVIDIA Dynamo's default credits imply.
   *
   * decode: prefill and decoding on one target delay one another. What decoding slows is in a learnt
   * pace; a worker that gives its pace, or whose decoding requests are to count, gives the delay for
   * each millisecond of prefill and each request there. Unless given it is a little less than a
   * hundredth of the prefill where anything is decoded: of equals, one that decodes nothing.
   *
   * What a worker gives of its pace is taken as it is, what is learnt is held against the mean, and
   * what a prompt takes beside its tokens is told from it (PromptPace). A pool of which nothing is
   * learnt, such as decode targets that have computed no prompt, goes by the model's other targets:
   * costs of two pools are compared. Until first tokens have taught the
   * time of a token anywhere, all is in tokens: a token takes one "millisecond", nothing is known of
   * how busy targets are, and others and place cost nothing.
   */
  private static final double STAYING = 0.15;
  private static final double MAX_BUSY_SHARE = 0.97;
  private static final double FORGOTTEN_MILLIS = Duration.ofMinutes(5).toMillis();
  private static final double MISSED = 0.5;
  private static final double CROWDING = 0.001;
  private static final double KEPT_FREE = 0.08;
  private static final double ALIKE = 1.7;
  private static final double FARTHEST = 8;
  private static final double HOST_FETCH = 0.25;
  private static final double DISK_FETCH = 0.75;

  private static final int WAIT = 0;
  private static final int PREFILL = 1;
  private static final int FETCH = 2;
  private static final int PLACE = 3;
  private static final int OTHERS = 4;
  private static final int EVICTION = 5;
  private static final int CROWD = 6;
  private static final int DECODE = 7;
  private static final List<String> TERMS =
      List.of("wait", "prefill", "fetch", PLACE_TERM, "others", "eviction", "crowding", "decode");

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
    candidates.readAll();
    double known = meanMillisPerToken(candidates);
    boolean inMillis = known > 0;
    double mean = inMillis ? known : 1;
    double comers = comersPerMilli(candidates, known);
    double generating = inMillis ? generatingMillis(candidates) : 0;
    double cachedShare = candidates.cachedShare();
    long fewestHeld = candidates.fewestHeldBlocks();
    int blockSize = candidates.blockSize();
    boolean slower = candidates.hasSlowerTiers();
    int promptBlocks = candidates.promptBlocks();
    boolean anyPlace = false;
    for (int i = 0; i < candidates.size(); i++) {
      CostCoefficients given = candidates.given(i);
      double token = millisPerToken(candidates.pacedMillisPerToken(i), given, mean);
      double block = blockSize * token;
      int device = candidates.expectedBlocks(i);
      int stored = promptBlocks - device;
      boolean onSlower = slower || device < candidates.cachedBlocks(i);
      int host = onSlower ? candidates.expectedBlocks(i, Tier.HOST) : device;
      int disk = onSlower ? candidates.expectedBlocks(i, Tier.EXTERNAL) : device;
      double wait = candidates.queuedPrefillTokens(i) * token;
      double prefill =
          computedTokens(candidates.promptTokens(), disk, blockSize) * token
              + (inMillis ? given.prefillMillisPerRequest() : 0);
      costs.set(i, WAIT, wait);
      costs.set(i, PREFILL, prefill);
      costs.set(i, FETCH, fetch(given, inMillis, host - device, disk - host, block));
      double place = generating * shareThatHasToLeave(candidates, i, promptBlocks) - wait;
      costs.set(i, PLACE, Math.max(0, place));
      anyPlace |= place > 0;
      costs.set(i, OTHERS, prefill * comers * (wait + prefill));
      costs.set(i, EVICTION, evictedValue(candidates, i, stored, cachedShare) * block);
      costs.set(i, CROWD, CROWDING * (candidates.heldBlocks(i) - fewestHeld) * block);
      costs.set(i, DECODE, prefill * candidates.decodeInterference(i));
    }
    if (anyPlace) {
      countSharedBlocks(candidates, costs, generating);
    }
  }

  /** Tokens behind the blocks that are held on some tier; at least the last one. */
  private static double computedTokens(int promptTokens, int heldBlocks, int blockSize) {
    return Math.max(1, promptTokens - (long) heldBlocks * blockSize);
  }

  /** Blocks that the prompt drives out, each by the chance that it will be computed again here. */
  private static double evictedValue(
      Candidates candidates, int index, int storedBlocks, double cachedShare) {
    long capacity = candidates.kvBlocks(index);
    long evicted = candidates.heldBlocks(index) + storedBlocks - capacity;
    if (capacity == 0 || evicted <= 0) {
      return 0;
    }
    double remembered = StrictMath.exp(-candidates.oldestBlockMillis(index) / FORGOTTEN_MILLIS);
    return evicted * MISSED * cachedShare * remembered;
  }

  /**
   * Over the candidates of which it is known, else over the model's targets of which it is; 0 when
   * it is known nowhere.
   */
  private static double meanMillisPerToken(Candidates candidates) {
    double paced = candidates.meanPacedMillisPerToken();
    return paced > 0 ? paced : candidates.meanPrefillMillisPerToken();
  }

  /**
   * Requests that will wait for this one, for each millisecond until its target has nothing to do.
   */
  private static double comersPerMilli(Candidates candidates, double meanMillisPerToken) {
    if (meanMillisPerToken == 0) {
      return 0;
    }
    int targets = candidates.size();
    double busyShare = candidates.prefillTokensPerMilli() * meanMillisPerToken / targets;
    double idleShare = 1 - Math.min(MAX_BUSY_SHARE, busyShare);
    return STAYING * candidates.requestsPerMilli() / targets / idleShare;
  }

  /** How long a request stays on its target after its first token, by Little's law. */
  private static double generatingMillis(Candidates candidates) {
    double comingPerMilli = candidates.requestsPerMilli();
    return comingPerMilli > 0 ? candidates.allGenerating() / comingPerMilli : 0;
  }

  /**
   * The mean, unless a target is clearly faster or slower: what a target of a batching engine shows
   * depends on who computed beside it, and following that would drive requests from target to
   * target. Within a factor of the mean, so that one odd lesson does not shut a target out for
   * good.
   */
  private static double millisPerToken(double known, CostCoefficients given, double mean) {
    if (given.prefillTokensPerSecond() > 0) {
      return known;
    }
    boolean alike = known * ALIKE >= mean && known <= mean * ALIKE;
    return known == 0 || alike ? mean : Math.clamp(known, mean / FARTHEST, mean * FARTHEST);
  }

  /** For blocks on slower tiers; each is computed instead where that is cheaper. */
  private static double fetch(
      CostCoefficients given, boolean inMillis, int onHost, int onDisk, double block) {
    double host = fetch(given.hostFetchMillisPerBlock(), inMillis, HOST_FETCH * block);
    double disk = fetch(given.diskFetchMillisPerBlock(), inMillis, DISK_FETCH * block);
    return onHost * Math.min(host, block) + onDisk * Math.min(disk, block);
  }

  /** What is given in milliseconds says nothing in tokens, unless it is nothing. */
  private static double fetch(OptionalDouble given, boolean inMillis, double usual) {
    return given.isPresent() && (inMillis || given.getAsDouble() == 0)
        ? given.getAsDouble()
        : usual;
  }

  /**
   * The share of what can be there that has to leave before there is a place and room for it.
   *
   * @param blocks that the prompt takes at most
   */
  private static double shareThatHasToLeave(Candidates candidates, int index, int blocks) {
    long places = candidates.batchRequests(index);
    long room = candidates.kvBlocks(index);
    if (places == 0) {
      return 0;
    }
    long tooMany = candidates.activeRequests(index) + 1 - places;
    double share = tooMany > 0 ? (double) tooMany / places : 0;
    double beyondRoom = candidates.activeBlocks(index) + blocks - (1 - KEPT_FREE) * room;
    return room > 0 && beyondRoom > 0 ? Math.max(share, beyondRoom / room) : share;
  }

  /** Takes from the price of places what of the prompt is in use already. */
  private static void countSharedBlocks(Candidates candidates, Costs costs, double generating) {
    for (int i = 0; i < candidates.size(); i++) {
      double place = costs.term(i, PLACE);
      if (place > 0) {
        int blocks = candidates.promptBlocks() - candidates.activeBlocksOfPrompt(i);
        double wait = costs.term(i, WAIT);
        double left = generating * shareThatHasToLeave(candidates, i, blocks) - wait;
        costs.set(i, PLACE, Math.max(0, left));
      }
    }
  }
}
