package dev.warmpath.indexer.index;

import java.util.Arrays;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The index of one model, as its readers see it: one or several {@link PrefixIndex}es, each with a
 * writer thread of its own. A slot is in one of them at a time, so what they say of a prompt is
 * only put side by side. Any thread.
 */
public final class ShardedIndex {
  private final PrefixIndex[] shards;

  /**
   * An empty index.
   *
   * @param shards how many writers it has, at least 1
   * @param budget where the bytes of all shards come from
   */
  public ShardedIndex(int shards, IndexLimits limits, MemoryBudget budget) {
    this(
        IntStream.range(0, shards)
            .mapToObj(_ -> new PrefixIndex(limits, budget))
            .toArray(PrefixIndex[]::new));
  }

  private ShardedIndex(PrefixIndex... shards) {
    this.shards = shards;
  }

  /** An index with one writer, seen as its only shard. */
  public static ShardedIndex of(PrefixIndex only) {
    return new ShardedIndex(only);
  }

  /** One shard, for its writer. */
  public PrefixIndex shard(int number) {
    return shards[number];
  }

  /**
   * Finds each slot's overlap with a prompt; never blocks.
   *
   * @param localHashes the prompt's local hashes
   * @param count how many of them
   * @param overlaps receives the result
   */
  public void match(long[] localHashes, int count, Overlaps overlaps) {
    int slots = 0;
    for (PrefixIndex shard : shards) {
      slots = Math.max(slots, shard.slotLimit());
    }
    overlaps.start(slots);
    for (PrefixIndex shard : shards) {
      shard.matchInto(localHashes, count, overlaps);
    }
  }

  /** Distinct blocks that a slot holds, on any tier. */
  public long heldBlocks(int slot) {
    long held = 0;
    for (PrefixIndex shard : shards) {
      held += shard.heldBlocks(slot);
    }
    return held;
  }

  /**
   * Distinct blocks that each of some slots holds, on any tier.
   *
   * @param slots the first {@code count} are asked for
   * @param into receives as many figures, in the same order
   */
  public void heldBlocks(int[] slots, int count, long[] into) {
    Arrays.fill(into, 0, count, 0);
    for (PrefixIndex shard : shards) {
      shard.addHeldBlocks(into, slots, count);
    }
  }

  /** What the shards take and hold together. */
  public IndexStats stats() {
    return Stream.of(shards).map(PrefixIndex::stats).reduce(IndexStats.NOTHING, IndexStats::plus);
  }

  /** One of the counters, over all shards. */
  public long count(ToLongFunction<IndexCounters> counter) {
    return Stream.of(shards).map(PrefixIndex::counters).mapToLong(counter).sum();
  }
}
