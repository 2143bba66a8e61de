package dev.warmpath.indexer.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every rule of {@link ApproximateCache}, time moved by hand. */
class ApproximateCacheTest {
  private static final int SLOT = 3;
  private static final long LIFE = 100;

  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final Overlaps overlaps = new Overlaps();

  @Test
  void aPlacedPromptIsHeld() {
    ApproximateCache cache = cache(10);
    place(cache, 0, 1, 2, 3);

    assertThat(overlap(1, 2, 3, 4)).isEqualTo(3);
    assertThat(overlap(2, 3)).isZero();
    assertThat(cache.blocks()).isEqualTo(3);
    assertThat(index.heldBlocks(SLOT)).isEqualTo(3);
  }

  @Test
  void whatPromptsHaveInCommonIsHeldOnce() {
    ApproximateCache cache = cache(10);
    place(cache, 0, 1, 2, 3);
    place(cache, 0, 1, 2, 4);
    place(cache, 0, 1, 2, 4);

    assertThat(index.heldBlocks(SLOT)).isEqualTo(4);
    assertThat(index.counters().extraCopies()).isZero();
    assertThat(index.counters().storedBlocks()).isEqualTo(4);
  }

  @Test
  void aPromptWithoutAWholeBlockChangesNothing() {
    ApproximateCache cache = cache(10);

    assertThat(cache.place(new long[8], 0, 0)).isTrue();
    assertThat(cache.blocks()).isZero();
  }

  @Test
  void aBlockLeavesWhenItsLifeSinceTheLastPlacementIsOver() {
    ApproximateCache cache = cache(10);
    place(cache, -50, 1, 2, 3);
    place(cache, 0, 1, 9);

    assertThat(cache.expire(LIFE - 51)).isZero();
    assertThat(cache.expire(LIFE - 50)).isEqualTo(2);
    assertThat(overlap(1, 2, 3)).isEqualTo(1);
    assertThat(overlap(1, 9)).isEqualTo(2);
    assertThat(cache.expire(LIFE)).isEqualTo(2);
    assertThat(index.heldBlocks(SLOT)).isZero();
  }

  @Test
  void theLeastRecentlyPlacedLeaveFirstAndLeavesBeforeTheirPrefix() {
    ApproximateCache cache = cache(5);
    place(cache, 0, 1, 2, 3);
    place(cache, 1, 7, 8);
    place(cache, 2, 1, 4, 5);

    assertThat(overlap(1, 2, 3)).isEqualTo(1);
    assertThat(overlap(7, 8)).isEqualTo(2);
    assertThat(overlap(1, 4, 5)).isEqualTo(3);
    place(cache, 3, 1, 4, 6);
    assertThat(overlap(7, 8)).isEqualTo(1);
    assertThat(overlap(1, 4, 5)).isEqualTo(3);
    assertThat(cache.blocks()).isEqualTo(5);
  }

  @Test
  void ofAPromptLongerThanTheCacheTheFirstBlocksAreHeld() {
    ApproximateCache cache = cache(3);
    place(cache, 0, 7, 8);
    place(cache, 1, 1, 2, 3, 4, 5);

    assertThat(overlap(1, 2, 3, 4, 5)).isEqualTo(3);
    assertThat(overlap(7, 8)).isZero();
    assertThat(index.isCapped(SLOT)).isFalse();
  }

  @Test
  void aReleasedSlotHoldsNothingAndMayNameAnotherTarget() {
    ApproximateCache cache = cache(10);
    place(cache, 0, 1, 2, 3);
    cache.release();

    assertThat(overlap(1, 2, 3)).isZero();
    assertThat(index.stats().targets()).isZero();
    assertThat(index.stats().sideTableBytes()).isZero();
    place(cache(10), 0, 4);
    assertThat(overlap(4)).isEqualTo(1);
  }

  @Test
  void atTheBoundOfTheBytesWhatIsNotHeldIsRefusedAndCounted() {
    MemoryBudget budget = new MemoryBudget(1);
    PrefixIndex full = new PrefixIndex(IndexLimits.DEFAULT, budget);
    ApproximateCache cache = new ApproximateCache(full, SLOT, 10, LIFE);
    place(cache, 0, 1, 2);

    assertThat(cache.place(new long[] {1, 2, 3}, 3, 1)).isFalse();
    assertThat(cache.blocks()).isEqualTo(full.heldBlocks(SLOT));
    assertThat(full.counters().byteBoundRefusals()).isPositive();
    assertThat(full.isCapped(SLOT)).isFalse();
  }

  @Test
  void atTheBoundOfTheBytesOthersLeaveUntilANewPromptFits() {
    PrefixIndex full = new PrefixIndex(IndexLimits.DEFAULT, new MemoryBudget(1 << 20));
    ApproximateCache cache = new ApproximateCache(full, SLOT, 1_000_000, ApproximateCache.ENDLESS);
    long prompt = 1;
    while (cache.place(prompt(prompt), 100, prompt)) {
      prompt++;
    }
    assertThat(prompt).isGreaterThan(10);

    int refused = 0;
    while (!cache.place(prompt(prompt), 100, prompt + refused)) {
      full.tidy(SLOT, prompt + refused);
      refused++;
      assertThat(refused).isLessThan(1_000);
    }
    Overlaps overlaps = new Overlaps();
    full.match(prompt(prompt), 100, overlaps);
    assertThat(overlaps.deviceBlocks(SLOT)).isEqualTo(100);
    assertThat(cache.blocks()).isEqualTo(full.heldBlocks(SLOT));
  }

  private static long[] prompt(long number) {
    return LongStream.range(0, 100).map(i -> number * 1_000 + i).toArray();
  }

  @Test
  void boundsMustBeAtLeastOne() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ApproximateCache(index, SLOT, 0, LIFE))
        .withMessageContaining("mostBlocks 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ApproximateCache(index, SLOT, 1, 0))
        .withMessageContaining("lifeNanos 0");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void itHoldsWhatAnObviousTwinHolds(long seed) {
    Random random = new Random(seed);
    int capacity = 1 + random.nextInt(60);
    ApproximateCache cache = cache(capacity);
    Twin twin = new Twin(capacity);
    long now = random.nextInt();
    for (int step = 0; step < 2_000; step++) {
      now += random.nextInt(10);
      if (random.nextInt(8) == 0) {
        cache.expire(now);
        twin.expire(now);
      } else {
        long[] prompt = prompt(random);
        cache.place(prompt, prompt.length, now);
        twin.place(prompt, now);
      }
      assertThat(index.heldBlocks(SLOT)).as("seed %d step %d", seed, step).isEqualTo(twin.size());
      long[] asked = prompt(random);
      assertThat(overlap(asked)).as("seed %d step %d", seed, step).isEqualTo(twin.overlap(asked));
    }
    assertThat(index.counters().unknownRemovals()).isZero();
    assertThat(index.parkedBlocks(SLOT)).isZero();
    cache.expire(now + LIFE);
    assertThat(index.heldBlocks(SLOT)).isZero();
    assertThat(index.runCount()).isZero();
  }

  /** Paths of small numbers, so that many prompts share a prefix. */
  private static long[] prompt(Random random) {
    return random.longs(1 + random.nextInt(12), 1, 4).toArray();
  }

  private ApproximateCache cache(int blocks) {
    return new ApproximateCache(index, SLOT, blocks, LIFE);
  }

  private static void place(ApproximateCache cache, long now, long... prompt) {
    cache.place(prompt, prompt.length, now);
  }

  private int overlap(long... prompt) {
    index.match(prompt, prompt.length, overlaps);
    return overlaps.deviceBlocks(SLOT);
  }

  /** Whole prefixes as keys, in the order of their last use; slow, and right at a glance. */
  private static final class Twin {
    private final int capacity;
    private final Map<List<Long>, Long> used = new LinkedHashMap<>();

    Twin(int capacity) {
      this.capacity = capacity;
    }

    void place(long[] prompt, long now) {
      for (int length = Math.min(prompt.length, capacity); length > 0; length--) {
        List<Long> prefix = prefix(prompt, length);
        used.remove(prefix);
        used.put(prefix, now);
      }
      while (used.size() > capacity) {
        used.remove(used.keySet().iterator().next());
      }
    }

    void expire(long now) {
      used.values().removeIf(time -> now - time >= LIFE);
    }

    int size() {
      return used.size();
    }

    int overlap(long[] prompt) {
      int held = 0;
      while (held < prompt.length && used.containsKey(prefix(prompt, held + 1))) {
        held++;
      }
      return held;
    }

    private static List<Long> prefix(long[] prompt, int length) {
      return LongStream.of(prompt).limit(length).boxed().toList();
    }
  }
}
