package dev.warmpath.indexer.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.testing.RandomStreams;
import dev.warmpath.indexer.testing.Step;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An index of several shards against one of one shard, over the same events. */
class ShardedIndexTest {
  private static final int SHARDS = 4;

  private final PrefixIndex one = new PrefixIndex(IndexLimits.DEFAULT);
  private final ShardedIndex several =
      new ShardedIndex(SHARDS, IndexLimits.DEFAULT, new MemoryBudget(IndexLimits.ANY_BYTES));
  private final Overlaps ofOne = new Overlaps();
  private final Overlaps ofSeveral = new Overlaps();

  /** Where the life of a slot is; the next life of it may be elsewhere. */
  private final Map<Integer, Integer> shardOf = new HashMap<>();

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void shardsSayTogetherWhatOneIndexSays(long seed) {
    Random random = new Random(seed);
    long found = 0;
    for (Step step : RandomStreams.steps(seed, 1_500)) {
      apply(step, random);
      long[] prompt = RandomStreams.prompt(random);
      one.match(prompt, prompt.length, ofOne);
      several.match(prompt, prompt.length, ofSeveral);
      for (int slot = 0; slot < 210; slot++) {
        for (Tier tier : Tier.values()) {
          assertThat(ofSeveral.blocks(slot, tier))
              .as("seed %d, slot %d, %s", seed, slot, tier)
              .isEqualTo(ofOne.blocks(slot, tier));
          found += ofOne.blocks(slot, tier);
        }
        assertThat(several.heldBlocks(slot)).isEqualTo(one.heldBlocks(slot));
      }
    }
    assertThat(found).isPositive();
    assertThat(several.stats().memberships()).isEqualTo(one.stats().memberships());
    assertThat(several.stats().targets()).isEqualTo(one.stats().targets());
    assertThat(several.count(IndexCounters::storedBlocks)).isEqualTo(one.counters().storedBlocks());
  }

  private void apply(Step step, Random random) {
    switch (step) {
      case Step.Apply(int slot, KvEvent event, long nowNanos) -> {
        one.apply(slot, event, nowNanos);
        shard(slot, random).apply(slot, event, nowNanos);
      }
      case Step.Release(int slot, long _) -> {
        one.release(slot);
        shard(slot, random).release(slot);
        shardOf.remove(slot);
      }
      case Step.Expire(int slot, long nowNanos) -> {
        one.tidy(slot, nowNanos);
        shard(slot, random).tidy(slot, nowNanos);
      }
    }
  }

  private PrefixIndex shard(int slot, Random random) {
    return several.shard(shardOf.computeIfAbsent(slot, _ -> random.nextInt(SHARDS)));
  }
}
