package dev.warmpath.indexer.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.testing.ModelCache;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the index does at its bounds on the blocks of a target and on the bytes of all. Block {@code
 * b} has local hash {@code b} and engine hash {@code 1000 + b}.
 */
class PrefixIndexBoundsTest {
  private static final int SLOT = 2;
  private static final int OTHER = 5;

  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final Overlaps overlaps = new Overlaps();

  @Test
  void anEventThatWouldPassTheBoundOfItsTargetIsRefusedWhole() {
    index.admit(SLOT, 5);
    assertThat(index.apply(SLOT, root(1, 3), 0)).isTrue();
    assertThat(index.isCapped(SLOT)).isFalse();
    assertThat(index.apply(SLOT, after(3, 4, 6), 0)).isFalse();

    assertThat(index.heldBlocks(SLOT)).isEqualTo(3);
    assertThat(index.isCapped(SLOT)).isTrue();
    assertThat(index.counters().targetBoundRefusals()).isEqualTo(3);
    assertThat(index.stats().cappedTargets()).isOne();
  }

  @Test
  void theBoundItselfCanBeReached() {
    index.admit(SLOT, 5);
    assertThat(index.apply(SLOT, root(1, 5), 0)).isTrue();
    assertThat(index.heldBlocks(SLOT)).isEqualTo(5);
  }

  @Test
  void whatIsHeldAlreadyIsNotCountedTwice() {
    index.admit(SLOT, 5);
    index.apply(SLOT, root(1, 4), 0);
    assertThat(index.apply(SLOT, stored(1, 4, Tier.HOST), 0)).as("held on the device").isTrue();
    assertThat(index.apply(SLOT, root(1, 5), 0)).as("one block more").isTrue();
    assertThat(index.heldBlocks(SLOT)).isEqualTo(5);
    assertThat(index.isCapped(SLOT)).isFalse();
  }

  @Test
  void blocksThatWaitForTheirParentCountToo() {
    index.admit(SLOT, 5);
    assertThat(index.apply(SLOT, after(90, 91, 93), 0)).isTrue();
    assertThat(index.apply(SLOT, root(1, 3), 0)).isFalse();
    assertThat(index.parkedBlocks(SLOT)).isEqualTo(3);
  }

  @Test
  void runsThatContinueARefusedOneDoNotWaitForIt() {
    index.admit(SLOT, 5);
    index.apply(SLOT, root(1, 3), 0);
    index.apply(SLOT, after(3, 4, 6), 0);
    assertThat(index.apply(SLOT, after(6, 7, 7), 0)).isFalse();

    assertThat(index.parkedBlocks(SLOT)).isZero();
    assertThat(index.counters().targetBoundRefusals()).isEqualTo(4);
  }

  @Test
  void removalMakesRoomAndClearingForgetsThatBlocksWereRefused() {
    index.admit(SLOT, 5);
    index.apply(SLOT, root(1, 3), 0);
    index.apply(SLOT, after(3, 4, 6), 0);
    index.apply(SLOT, removed(3), 0);
    assertThat(index.apply(SLOT, after(2, 20, 22), 0)).isTrue();
    assertThat(overlap(SLOT, 1, 2, 20, 21, 22)).isEqualTo(5);
    assertThat(index.isCapped(SLOT)).as("blocks are still missing").isTrue();

    index.apply(SLOT, new KvEvent.Cleared(), 0);
    assertThat(index.isCapped(SLOT)).isFalse();
    assertThat(index.apply(SLOT, root(1, 5), 0)).isTrue();
  }

  @Test
  void otherTargetsGoOnWhenOneIsAtItsBound() {
    index.admit(SLOT, 5);
    index.apply(SLOT, root(1, 6), 0);
    assertThat(index.apply(OTHER, root(1, 600), 0)).isTrue();
    assertThat(index.heldBlocks(OTHER)).isEqualTo(600);
    assertThat(index.isCapped(OTHER)).isFalse();
  }

  @Test
  void aPrefixThatIsHeldAlreadyIsNotRefusedWhileBytesAreUsedUp() {
    PrefixIndex full = new PrefixIndex(IndexLimits.DEFAULT.with(100_000, 1 << 20));
    full.apply(SLOT, root(1, 2), 0);
    int first = 1_000;
    while (full.apply(OTHER, root(first, first + 99), 0)) {
      first += 100;
    }

    assertThat(full.apply(SLOT, root(1, 2), 0)).as("served from the engine's cache").isTrue();
    assertThat(full.isCapped(SLOT)).isFalse();
    assertThat(full.counters().fullReports()).isEqualTo(2);
    assertThat(full.apply(SLOT, root(1, 3), 0)).as("a block more").isFalse();
  }

  @Test
  void aSlotInUseKeepsItsBound() {
    index.admit(SLOT, 5);
    assertThatThrownBy(() -> index.admit(SLOT, 9))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("slot 2 is in use");
    index.release(SLOT);
    index.admit(SLOT, 9);
    assertThat(index.apply(SLOT, root(1, 9), 0)).isTrue();
  }

  @Test
  void targetsWithoutABoundOfTheirOwnHaveThatOfTheLimits() {
    PrefixIndex bounded = new PrefixIndex(IndexLimits.DEFAULT.with(5, IndexLimits.ANY_BYTES));
    assertThat(bounded.apply(SLOT, root(1, 6), 0)).isFalse();
    assertThat(bounded.apply(SLOT, root(1, 5), 0)).isTrue();
  }

  @Test
  void storesAreRefusedWhileTheBytesAreUsedUpAndAppliedAgainOnceATargetIsGone() {
    PrefixIndex bounded = new PrefixIndex(IndexLimits.DEFAULT.with(1 << 20, 1 << 20));
    int slot = fill(bounded);
    assertThat(bounded.isCapped(slot)).isTrue();
    assertThat(bounded.counters().byteBoundRefusals()).isPositive();
    assertThat(bounded.stats().bytes()).isBetween(1L << 19, (1L << 20) + 100_000);

    assertThat(bounded.apply(0, root(1, 1), 0)).as("no target may grow").isFalse();
    long held = bounded.heldBlocks(1);
    bounded.apply(1, removed(10_000), 0);
    assertThat(bounded.heldBlocks(1)).as("removals are applied").isEqualTo(held - 1);

    bounded.release(1);
    bounded.release(2);
    assertThat(bounded.apply(0, root(1, 1), 0)).isTrue();
    assertThat(bounded.isCapped(0)).as("a block of it is still missing").isTrue();
  }

  @Test
  void removalsMakeRoomInBytesOnceTheIndexWasTidied() {
    PrefixIndex bounded = new PrefixIndex(IndexLimits.DEFAULT.with(1 << 20, 1 << 20));
    fill(bounded);
    long bytes = bounded.stats().slotTableBytes();
    bounded.apply(1, new KvEvent.Removed(names(10_000, 13_989), Tier.DEVICE), 0);
    assertThat(bounded.stats().slotTableBytes()).isEqualTo(bytes);

    bounded.tidy(1, 0);
    assertThat(bounded.stats().slotTableBytes()).isLessThan(bytes - 60_000);
    assertThat(bounded.heldBlocks(1)).isEqualTo(10);
    assertThat(bounded.apply(0, root(1, 100), 0)).isTrue();
    bounded.apply(1, new KvEvent.Removed(names(13_990, 13_999), Tier.DEVICE), 0);
    assertThat(bounded.counters().unknownRemovals()).isZero();
  }

  @Test
  void runsThatContinueOneRefusedForItsBytesAreCountedWithIt() {
    PrefixIndex bounded = new PrefixIndex(IndexLimits.DEFAULT.with(1 << 20, 1 << 20));
    fill(bounded);
    bounded.apply(0, root(500, 500), 0);
    bounded.release(1);
    bounded.release(2);
    long before = bounded.counters().byteBoundRefusals();
    assertThat(bounded.apply(0, after(500, 501, 502), 0)).isFalse();
    assertThat(bounded.counters().byteBoundRefusals()).isEqualTo(before + 2);
    assertThat(bounded.parkedBlocks(0)).isZero();
  }

  @Test
  void indexesThatShareABudgetShareItsBytes() {
    MemoryBudget budget = new MemoryBudget(1 << 20);
    PrefixIndex one = new PrefixIndex(IndexLimits.DEFAULT, budget);
    PrefixIndex two = new PrefixIndex(IndexLimits.DEFAULT, budget);
    int slots = fill(one) + 1;
    assertThat(budget.isFull()).isTrue();
    assertThat(two.apply(0, root(1, 1), 0)).isFalse();

    for (int slot = 0; slot < slots; slot++) {
      one.release(slot);
    }
    assertThat(budget.hasSlack()).isTrue();
    assertThat(two.apply(0, root(1, 1), 0)).isTrue();
    assertThat(budget.taken()).isBetween(two.stats().bytes(), 1L << 19);
  }

  @Test
  void parkedBlocksAreBoundedByTheBytesToo() {
    PrefixIndex bounded = new PrefixIndex(IndexLimits.DEFAULT.with(1 << 28, 1 << 20));
    int events = 0;
    while (bounded.apply(SLOT, after(-1, 100 * events + 1, 100 * events + 50), 0)) {
      events++;
    }
    assertThat(bounded.stats().sideTableBytes()).isBetween(1L << 19, (1L << 20) + 100_000);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void atItsBoundATargetHasNoBlockThatItsCacheHasNot(long seed) {
    Random random = new Random(seed);
    int bound = 150;
    ModelCache cache = new ModelCache(random, 200);
    index.admit(SLOT, bound);
    int refused = 0;
    for (int step = 0; step < 4_000; step++) {
      KvEvent event = cache.change();
      refused += index.apply(SLOT, event, 0) ? 0 : 1;
      assertThat(index.heldBlocks(SLOT) + index.parkedBlocks(SLOT)).isLessThanOrEqualTo(bound);
      assertThat(index.heldBlocks(SLOT)).isLessThanOrEqualTo(cache.size());
      if (!index.isCapped(SLOT)) {
        assertThat(index.digest(SLOT)).as("seed %d, step %d", seed, step).isEqualTo(cache.digest());
      }
    }
    assertThat(refused).isPositive();
    cache.content().stream()
        .flatMapToLong(event -> LongStream.of(((KvEvent.Stored) event).engineHashes()))
        .distinct()
        .forEach(held -> {
          for (Tier tier : Tier.values()) {
            index.apply(SLOT, new KvEvent.Removed(new long[] {held}, tier), 0);
          }
        });
    assertThat(index.heldBlocks(SLOT)).as("nothing is left of it, seed %d", seed).isZero();
  }

  /** Fills slots with 4,000 blocks each until a store is refused. Returns the slot of that. */
  private int fill(PrefixIndex bounded) {
    for (int slot = 1; ; slot++) {
      for (int first = 0; first < 4_000; first += 100) {
        long from = 10_000L * slot + first;
        if (!bounded.apply(slot, root(from, from + 99), 0)) {
          return slot;
        }
      }
    }
  }

  private int overlap(int slot, long... prompt) {
    index.match(prompt, prompt.length, overlaps);
    return overlaps.deviceBlocks(slot);
  }

  private static KvEvent.Stored root(long first, long last) {
    return stored(first, last, Tier.DEVICE);
  }

  private static KvEvent.Stored stored(long first, long last, Tier tier) {
    return KvEvent.Stored.root(names(first, last), blocks(first, last), tier);
  }

  private static KvEvent.Stored after(long parent, long first, long last) {
    return KvEvent.Stored.after(
        1_000 + parent, names(first, last), blocks(first, last), Tier.DEVICE);
  }

  private static KvEvent.Removed removed(long block) {
    return new KvEvent.Removed(names(block, block), Tier.DEVICE);
  }

  private static long[] names(long first, long last) {
    return LongStream.rangeClosed(1_000 + first, 1_000 + last).toArray();
  }

  private static long[] blocks(long first, long last) {
    return LongStream.rangeClosed(first, last).toArray();
  }
}
