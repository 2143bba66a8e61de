package dev.warmpath.router.replay.rivals;

import dev.warmpath.router.route.Candidates;
import dev.warmpath.router.route.Costs;
import dev.warmpath.router.route.RouteQuery;
import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;

/**
 * Preble (ICLR 2025), in tokens of prefill. A prompt of which more than half is cached somewhere
 * goes to the least loaded of those that hold the most of it; any other to the least of load,
 * eviction and own prefill. Load is the prefill placed within three minutes; decoding, which takes
 * no prefill time from anybody in a replay, counts nothing. When the busiest of those that hold the
 * prompt has more than twice the least load of all, the prompt is placed as if it were not cached.
 */
final class PreblePolicy implements AccountingPolicy {
  private static final double EXPLOITED = 0.5;
  private static final double REBALANCED = 2;
  private static final long WINDOW_NANOS = Duration.ofMinutes(3).toNanos();

  /** More than any load. */
  private static final double NOT_LONGEST = 1e15;

  private final Int2ObjectOpenHashMap<Window> slots = new Int2ObjectOpenHashMap<>();

  @Override
  public String policyName() {
    return "preble";
  }

  @Override
  public List<String> terms() {
    return List.of("not_longest", "load", "eviction", "prefill");
  }

  @Override
  public void price(Candidates candidates, Costs costs) {
    int longest = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < candidates.size(); i++) {
      longest = Math.max(longest, candidates.cachedBlocks(i));
      least = Math.min(least, load(candidates, i));
    }
    double leastOfLongest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < candidates.size(); i++) {
      if (candidates.cachedBlocks(i) == longest) {
        leastOfLongest = Math.min(leastOfLongest, load(candidates, i));
      }
    }
    boolean exploit =
        longest > EXPLOITED * candidates.promptBlocks() && leastOfLongest <= REBALANCED * least;
    for (int i = 0; i < candidates.size(); i++) {
      costs.set(i, 1, load(candidates, i));
      if (exploit) {
        costs.set(i, 0, candidates.cachedBlocks(i) == longest ? 0 : NOT_LONGEST);
      } else {
        costs.set(i, 2, evictedTokens(candidates, i));
        costs.set(i, 3, candidates.uncachedTokens(i));
      }
    }
  }

  private double load(Candidates candidates, int index) {
    return (double) window(candidates.target(index).slot()).tokens(candidates.nowNanos());
  }

  private static double evictedTokens(Candidates candidates, int index) {
    long capacity = candidates.target(index).worker().kvBlocksPerRank();
    int stored = candidates.promptBlocks() - candidates.cachedBlocks(index);
    double evicted = (double) (candidates.heldBlocks(index) + stored - capacity);
    return capacity == 0 ? 0 : Math.max(0, evicted) * candidates.blockSize();
  }

  @Override
  public void placed(long request, RouteQuery query, int slot, int cachedBlocks, long nowNanos) {
    long cached = (long) cachedBlocks * query.targets().blockSize();
    window(slot).add(nowNanos, Math.max(1, query.promptTokens() - cached));
  }

  @Override
  public void firstToken(long request, long nowNanos) {
    // Load counts for its time, done or not.
  }

  @Override
  public void finished(long request, long nowNanos) {
    // Load counts for its time, done or not.
  }

  private Window window(int slot) {
    return slots.computeIfAbsent(slot, _ -> new Window());
  }

  /** Prefill placed on one slot lately. */
  private static final class Window {
    private final ArrayDeque<long[]> placed = new ArrayDeque<>();
    private long tokens;

    void add(long nowNanos, long more) {
      placed.add(new long[] {nowNanos, more});
      tokens += more;
    }

    long tokens(long nowNanos) {
      while (!placed.isEmpty() && nowNanos - placed.getFirst()[0] > WINDOW_NANOS) {
        tokens -= placed.removeFirst()[1];
      }
      return tokens;
    }
  }
}
