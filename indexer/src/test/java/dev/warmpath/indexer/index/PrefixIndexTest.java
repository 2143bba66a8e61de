package dev.warmpath.indexer.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.block.BlockSeed;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.RepeatedStores;
import dev.warmpath.indexer.event.Tier;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What the index says after what events. Blocks are named by small numbers: block {@code b} has
 * local hash {@code b}, and engine hash {@code 100 + b} unless a test says otherwise.
 */
class PrefixIndexTest {
  private static final IndexLimits LIMITS = new IndexLimits(4, 1_000);
  private static final int SLOT = 3;

  private final PrefixIndex index = new PrefixIndex(LIMITS);
  private final Overlaps overlaps = new Overlaps();
  private long nowNanos;

  @Test
  void overlapIsTheLeadingPartThatIsHeld() {
    store(1, 2, 3);
    assertThat(overlap(1, 2, 3)).isEqualTo(3);
    assertThat(overlap(1, 2, 3, 4)).isEqualTo(3);
    assertThat(overlap(1, 2)).isEqualTo(2);
    assertThat(overlap(1, 9, 3)).isEqualTo(1);
    assertThat(overlap(2, 3)).isZero();
    assertThat(overlap()).isZero();
  }

  @Test
  void runsContinueTheirParent() {
    store(1, 2);
    storeAfter(2, 3, 4);
    storeAfter(1, 5);
    assertThat(overlap(1, 2, 3, 4)).isEqualTo(4);
    assertThat(overlap(1, 5)).isEqualTo(2);
    assertThat(index.heldBlocks(SLOT)).isEqualTo(5);
  }

  @Test
  void sameTokensBehindAnotherPrefixAreAnotherBlock() {
    apply(KvEvent.Stored.root(longs(101, 102), longs(1, 7), Tier.DEVICE));
    apply(KvEvent.Stored.root(longs(103, 104), longs(2, 7), Tier.DEVICE));
    remove(102);
    assertThat(overlap(1, 7)).isEqualTo(1);
    assertThat(overlap(2, 7)).isEqualTo(2);
  }

  @Test
  void engineHashZeroIsAHashLikeAnyOther() {
    apply(KvEvent.Stored.root(longs(0, 102), longs(1, 2), Tier.DEVICE));
    apply(KvEvent.Stored.after(0, longs(103), longs(3), Tier.DEVICE));
    assertThat(overlap(1, 2)).isEqualTo(2);
    assertThat(overlap(1, 3)).isEqualTo(2);
    remove(0);
    assertThat(overlap(1, 2)).isZero();
  }

  @Test
  void slotsDoNotInfluenceOneAnother() {
    store(1, 2, 3);
    index.apply(70, stored(1, 2), nowNanos);
    index.apply(130, stored(1, 9), nowNanos);
    remove(102);
    assertThat(overlap(1, 2, 3)).isEqualTo(1);
    assertThat(overlaps.deviceBlocks(70)).isEqualTo(2);
    assertThat(overlaps.deviceBlocks(130)).isEqualTo(1);
    assertThat(overlaps.deviceBlocks(64)).isZero();
    assertThat(overlaps.deviceBlocks(1_000)).isZero();
  }

  @Test
  void reusedResultForgetsTheMatchBefore() {
    store(1, 2, 3);
    index.apply(70, stored(1), nowNanos);
    assertThat(overlap(1, 2, 3)).isEqualTo(3);
    assertThat(overlap(9)).isZero();
    assertThat(overlaps.deviceBlocks(70)).isZero();
  }

  @Test
  void removalInTheMiddleCutsExactlyThere() {
    store(1, 2, 3, 4);
    remove(103);
    assertThat(overlap(1, 2, 3, 4)).isEqualTo(2);
    assertThat(index.heldBlocks(SLOT)).isEqualTo(3);
  }

  @Test
  void refilledHoleJoinsThePrefixAgain() {
    store(1, 2, 3, 4);
    remove(103);
    storeAfter(2, 3);
    assertThat(overlap(1, 2, 3, 4)).isEqualTo(4);
  }

  @Test
  void refilledHoleMayHaveAnotherName() {
    store(1, 2, 3);
    remove(102);
    apply(KvEvent.Stored.after(101, longs(777), longs(2), Tier.DEVICE));
    assertThat(overlap(1, 2, 3)).isEqualTo(3);
  }

  @Test
  void removedRootCutsEverything() {
    store(1, 2, 3);
    remove(101);
    assertThat(overlap(1, 2, 3)).isZero();
    store(1);
    assertThat(overlap(1, 2, 3)).isEqualTo(3);
  }

  @Test
  void blocksWaitForTheirParent() {
    storeAfter(1, 2, 3);
    assertThat(overlap(1, 2, 3)).isZero();
    assertThat(index.parkedBlocks(SLOT)).isEqualTo(2);
    assertThat(index.heldBlocks(SLOT)).isZero();
    assertThat(index.counters().parkedBlocks()).isEqualTo(2);
    store(1);
    assertThat(overlap(1, 2, 3)).isEqualTo(3);
    assertThat(index.parkedBlocks(SLOT)).isZero();
  }

  @Test
  void chainOfWaitingRunsIsAppliedAsAWhole() {
    storeAfter(3, 4);
    storeAfter(2, 3);
    storeAfter(2, 8);
    store(1, 2);
    assertThat(overlap(1, 2, 3, 4)).isEqualTo(4);
    assertThat(overlap(1, 2, 8)).isEqualTo(3);
  }

  @Test
  void waitingBlockMayBeRemoved() {
    storeAfter(1, 2, 3);
    remove(102);
    assertThat(index.parkedBlocks(SLOT)).isEqualTo(1);
    store(1);
    assertThat(overlap(1, 2, 3)).isEqualTo(1);
    assertThat(index.counters().unknownRemovals()).isZero();
    storeAfter(1, 2);
    assertThat(overlap(1, 2, 3)).isEqualTo(3);
  }

  @Test
  void waitingBlockKeepsItsCopies() {
    storeAfter(1, 2);
    storeAfter(1, 2);
    store(1);
    remove(102);
    assertThat(overlap(1, 2)).isEqualTo(2);
    remove(102);
    assertThat(overlap(1, 2)).isEqualTo(1);
  }

  @Test
  void waitingBlocksAreBoundedByCount() {
    assertThat(apply(storedAfter(9, 1, 2, 3, 4))).isTrue();
    assertThat(apply(storedAfter(9, 5, 6))).isFalse();
    assertThat(index.parkedBlocks(SLOT)).isEqualTo(4);
    assertThat(index.counters().parkedOverflows()).isEqualTo(2);
    assertThat(apply(storedAfter(9, 1))).isTrue();
  }

  @Test
  void overflowDoesNotHideHeldBlocksLaterInTheRun() {
    store(1, 2);
    apply(storedAfter(50, 51, 52, 53, 54));
    assertThat(apply(KvEvent.Stored.after(60, longs(161, 102), longs(61, 2), Tier.DEVICE)))
        .isFalse();
    remove(102);
    assertThat(overlap(1, 2)).isEqualTo(2);
  }

  @Test
  void waitingBlocksAreBoundedByAge() {
    storeAfter(1, 2);
    nowNanos = 500;
    storeAfter(1, 3);
    nowNanos = 1_001;
    index.tidy(SLOT, nowNanos);
    assertThat(index.parkedBlocks(SLOT)).isEqualTo(1);
    assertThat(index.counters().parkedExpiries()).isEqualTo(1);
    store(1);
    assertThat(overlap(1, 2)).isEqualTo(1);
    assertThat(overlap(1, 3)).isEqualTo(2);
  }

  @Test
  void parentThatComesTooLateFindsNobodyWaiting() {
    storeAfter(1, 2);
    nowNanos = 1_001;
    store(1);
    assertThat(overlap(1, 2)).isEqualTo(1);
    assertThat(index.counters().parkedExpiries()).isEqualTo(1);
  }

  @Test
  void secondCopyIsHeldUntilItIsRemovedToo() {
    store(1, 2);
    storeAfter(1, 2);
    assertThat(index.counters().extraCopies()).isEqualTo(1);
    remove(102);
    assertThat(overlap(1, 2)).isEqualTo(2);
    remove(102);
    assertThat(overlap(1, 2)).isEqualTo(1);
    assertThat(index.counters().removedBlocks()).isEqualTo(2);
  }

  @Test
  void secondCopyOfASingleBlockPromptCounts() {
    store(1);
    store(1);
    remove(101);
    assertThat(overlap(1)).isEqualTo(1);
  }

  @Test
  void sameBlockTwiceInOneRemovalTakesTwoCopies() {
    store(1);
    store(1);
    remove(101, 101);
    assertThat(overlap(1)).isZero();
    assertThat(index.counters().unknownRemovals()).isZero();
  }

  @Test
  void oneRemovalEndsABlockThatWasToldAgain() {
    tellsAgain();
    store(1, 2);
    long digest = index.digest(SLOT);
    storeAfter(1, 2, 3);
    store(1);
    assertThat(index.counters().toldAgain()).isEqualTo(2);
    assertThat(index.counters().extraCopies()).isZero();
    remove(103);
    assertThat(index.digest(SLOT)).isEqualTo(digest);
    remove(102);
    assertThat(overlap(1, 2)).isEqualTo(1);
    assertThat(index.counters().unknownRemovals()).isZero();
  }

  @Test
  void blockToldAgainOnAnotherTierIsThereToo() {
    tellsAgain();
    store(1);
    apply(KvEvent.Stored.root(longs(101), longs(1), Tier.HOST));
    apply(KvEvent.Stored.root(longs(101), longs(1), Tier.HOST));
    remove(101);
    assertThat(overlap(1)).isZero();
    assertThat(overlaps.blocks(SLOT, Tier.HOST)).isEqualTo(1);
    apply(new KvEvent.Removed(longs(101), Tier.HOST));
    assertThat(index.heldBlocks(SLOT)).isZero();
  }

  @Test
  void blockToldAgainWhileItWaitsForItsParentWaitsOnce() {
    tellsAgain();
    storeAfter(1, 2);
    storeAfter(1, 2);
    store(1);
    remove(102);
    assertThat(overlap(1, 2)).isEqualTo(1);
    assertThat(index.counters().toldAgain()).isEqualTo(1);
  }

  @Test
  void holeIsFilledByTheRestOfAPromptToldAgain() {
    tellsAgain();
    store(1, 2, 3, 4);
    remove(102);
    storeAfter(1, 2, 3, 4);
    assertThat(overlap(1, 2, 3, 4)).isEqualTo(4);
    remove(104, 103);
    assertThat(overlap(1, 2, 3, 4)).isEqualTo(2);
  }

  @Test
  void slotMeansTheSameByRepeatedStoresAfterItWasCleared() {
    tellsAgain();
    store(1);
    apply(new KvEvent.Cleared());
    store(1);
    store(1);
    remove(101);
    assertThat(overlap(1)).isZero();
  }

  @Test
  void fullReportOfAHeldPrefixCountsNoCopy() {
    store(1, 2, 3);
    long digest = index.digest(SLOT);
    store(1, 2);
    assertThat(index.digest(SLOT)).isEqualTo(digest);
    assertThat(index.counters().fullReports()).isEqualTo(2);
    remove(102);
    assertThat(overlap(1, 2)).isEqualTo(1);
  }

  @Test
  void runThatIsOnlyPartlyHeldIsNoFullReport() {
    store(1, 2);
    store(1, 2, 3);
    assertThat(index.counters().fullReports()).isZero();
    assertThat(index.counters().extraCopies()).isEqualTo(2);
  }

  @Test
  void prefixReportedOnAnotherTierIsStoredThere() {
    store(1, 2);
    apply(KvEvent.Stored.root(longs(101, 102), longs(1, 2), Tier.HOST));
    assertThat(index.counters().fullReports()).isZero();
    remove(101, 102);
    assertThat(overlap(1, 2)).isZero();
    assertThat(overlaps.blocks(SLOT, Tier.HOST)).isEqualTo(2);
  }

  @Test
  void blockUnderTwoEngineHashesIsHeldWhileOneIsLeft() {
    store(1, 2, 3);
    apply(KvEvent.Stored.after(101, longs(777), longs(2), Tier.DEVICE));
    assertThat(index.heldBlocks(SLOT)).isEqualTo(3);
    remove(102);
    assertThat(overlap(1, 2, 3)).isEqualTo(3);
    apply(KvEvent.Stored.after(777, longs(109), longs(9), Tier.DEVICE));
    assertThat(overlap(1, 2, 9)).isEqualTo(3);
    remove(777);
    assertThat(overlap(1, 2, 3)).isEqualTo(1);
  }

  @Test
  void engineHashOfAnotherBlockIsRefused() {
    store(1, 2);
    apply(KvEvent.Stored.after(101, longs(102, 103), longs(8, 3), Tier.DEVICE));
    apply(KvEvent.Stored.root(longs(102), longs(2), Tier.DEVICE));
    assertThat(index.counters().conflictingStores()).isEqualTo(3);
    assertThat(overlap(1, 8)).isEqualTo(1);
    assertThat(overlap(2)).isZero();
    assertThat(overlap(1, 2)).isEqualTo(2);
  }

  @Test
  void engineHashTwiceInARunIsRefused() {
    apply(KvEvent.Stored.root(longs(101, 101, 102), longs(1, 1, 2), Tier.DEVICE));
    assertThat(index.counters().conflictingStores()).isEqualTo(2);
    assertThat(overlap(1, 1, 2)).isEqualTo(1);
  }

  @Test
  void waitingEngineHashWithAnotherParentIsRefused() {
    storeAfter(9, 2);
    storeAfter(8, 2);
    apply(KvEvent.Stored.after(109, longs(102), longs(7), Tier.DEVICE));
    store(2);
    assertThat(index.counters().conflictingStores()).isEqualTo(3);
    assertThat(index.parkedBlocks(SLOT)).isEqualTo(1);
    assertThat(overlap(2)).isZero();
    store(9);
    assertThat(overlap(9, 2)).isEqualTo(2);
  }

  @Test
  void blockThatNamesItselfAsParentIsRefused() {
    storeAfter(1, 1);
    assertThat(index.counters().conflictingStores()).isEqualTo(1);
    assertThat(index.parkedBlocks(SLOT)).isZero();
    store(1);
    assertThat(overlap(1)).isEqualTo(1);
  }

  @Test
  void removalOfAnUnknownBlockIsCountedAndTheRestDone() {
    store(1, 2);
    remove(999, 102);
    assertThat(index.counters().unknownRemovals()).isEqualTo(1);
    assertThat(overlap(1, 2)).isEqualTo(1);
  }

  @Test
  void removalFromATierThatDoesNotHoldItIsUnknown() {
    store(1);
    apply(new KvEvent.Removed(longs(101), Tier.HOST));
    assertThat(index.counters().unknownRemovals()).isEqualTo(1);
    assertThat(overlap(1)).isEqualTo(1);
  }

  @Test
  void clearedSlotHoldsNothing() {
    store(1, 2, 3);
    remove(102);
    storeAfter(50, 51);
    index.apply(70, stored(1, 2), nowNanos);
    apply(new KvEvent.Cleared());
    assertThat(overlap(1, 2, 3)).isZero();
    assertThat(overlaps.deviceBlocks(70)).isEqualTo(2);
    assertThat(index.heldBlocks(SLOT)).isZero();
    assertThat(index.parkedBlocks(SLOT)).isZero();
    assertThat(index.digest(SLOT)).isZero();
    assertThat(index.nodeCount()).isEqualTo(2);
    store(1, 2);
    assertThat(overlap(1, 2)).isEqualTo(2);
  }

  @Test
  void releasedSlotMayNameAnotherTarget() {
    store(1, 2);
    index.release(SLOT);
    index.release(SLOT);
    index.release(1_000);
    assertThat(overlap(1, 2)).isZero();
    assertThat(index.heldBlocks(SLOT)).isZero();
    assertThat(index.nodeCount()).isZero();
    apply(KvEvent.Stored.root(longs(102), longs(7), Tier.DEVICE));
    assertThat(overlap(7)).isEqualTo(1);
    assertThat(overlap(1, 2)).isZero();
  }

  @Test
  void loraAndSaltKeepPromptsApart() {
    byte[] tokens = new byte[64];
    long[] base = hash(tokens, BlockSeed.BASE);
    long[] lora = hash(tokens, BlockSeed.of("adapter", ""));
    long[] salted = hash(tokens, BlockSeed.of("", "tenant"));
    apply(KvEvent.Stored.root(longs(1, 2, 3, 4), lora, Tier.DEVICE));
    assertThat(overlap(lora)).isEqualTo(4);
    assertThat(overlap(base)).isZero();
    assertThat(overlap(salted)).isZero();
  }

  @Test
  void overlapOnASlowerTierIncludesTheFasterOnes() {
    store(1);
    apply(KvEvent.Stored.after(101, longs(102), longs(2), Tier.HOST));
    apply(KvEvent.Stored.after(102, longs(103), longs(3), Tier.EXTERNAL));
    apply(KvEvent.Stored.after(103, longs(104), longs(4), Tier.DEVICE));
    assertThat(overlap(1, 2, 3, 4)).isEqualTo(1);
    assertThat(overlaps.blocks(SLOT, Tier.HOST)).isEqualTo(2);
    assertThat(overlaps.blocks(SLOT, Tier.DISK)).isEqualTo(2);
    assertThat(overlaps.blocks(SLOT, Tier.EXTERNAL)).isEqualTo(4);
  }

  @Test
  void removalOnOneTierLeavesTheOther() {
    store(1, 2);
    apply(KvEvent.Stored.after(101, longs(102), longs(2), Tier.HOST));
    assertThat(index.counters().extraCopies()).isZero();
    remove(102);
    assertThat(overlap(1, 2)).isEqualTo(1);
    assertThat(overlaps.blocks(SLOT, Tier.HOST)).isEqualTo(2);
    assertThat(index.heldBlocks(SLOT)).isEqualTo(2);
  }

  @Test
  void digestIsZeroAgainWhenAllIsRemoved() {
    store(1, 2, 3);
    storeAfter(2, 3);
    apply(KvEvent.Stored.after(101, longs(102), longs(2), Tier.DISK));
    assertThat(index.digest(SLOT)).isNotZero();
    remove(102, 103, 101, 103);
    apply(new KvEvent.Removed(longs(102), Tier.DISK));
    assertThat(index.digest(SLOT)).isZero();
    assertThat(index.heldBlocks(SLOT)).isZero();
  }

  @Test
  void digestDoesNotDependOnNamesOrOrder() {
    store(1, 2);
    storeAfter(2, 3);
    index.apply(70, KvEvent.Stored.root(longs(7, 8, 9), longs(1, 2, 3), Tier.DEVICE), nowNanos);
    assertThat(index.digest(70)).isEqualTo(index.digest(SLOT));
  }

  @Test
  void contentRebuildsTheSlot() {
    store(1, 2, 3, 4, 5);
    storeAfter(2, 8);
    storeAfter(2, 8);
    apply(KvEvent.Stored.after(103, longs(777), longs(4), Tier.HOST));
    remove(103, 105);
    PrefixIndex rebuilt = rebuilt();
    assertThat(rebuilt.digest(SLOT)).isEqualTo(index.digest(SLOT));
    assertThat(rebuilt.heldBlocks(SLOT)).isEqualTo(index.heldBlocks(SLOT));
    assertThat(rebuilt.parkedBlocks(SLOT)).isZero();
    assertThat(rebuilt.nodeCount()).isEqualTo(index.nodeCount());
    for (PrefixIndex each : List.of(index, rebuilt)) {
      assertThat(overlap(each, 1, 2, 3, 4, 5)).isEqualTo(2);
      each.apply(SLOT, storedAfter(2, 3), nowNanos);
      assertThat(overlap(each, 1, 2, 3, 4, 5)).isEqualTo(4);
      each.apply(SLOT, new KvEvent.Removed(longs(108), Tier.DEVICE), nowNanos);
      assertThat(overlap(each, 1, 2, 8)).isEqualTo(3);
    }
  }

  @Test
  void contentOfAnUnbrokenPrefixIsOneRun() {
    store(1, 2);
    storeAfter(2, 3);
    assertThat(index.content(SLOT)).hasSize(1);
    assertThat(index.content(70)).isEmpty();
  }

  @Test
  void nothingIsLeftOfWhatNobodyHolds() {
    store(1, 2, 3);
    storeAfter(1, 4, 5);
    index.apply(70, stored(1, 2), nowNanos);
    remove(101, 102);
    assertThat(index.nodeCount()).isEqualTo(5);
    remove(103);
    assertThat(index.nodeCount()).isEqualTo(4);
    index.apply(70, new KvEvent.Removed(longs(102, 101), Tier.DEVICE), nowNanos);
    assertThat(index.nodeCount()).isEqualTo(3);
    remove(104, 105);
    assertThat(index.nodeCount()).isZero();
  }

  private PrefixIndex rebuilt() {
    PrefixIndex rebuilt = new PrefixIndex(LIMITS);
    index.content(SLOT).forEach(event -> rebuilt.apply(SLOT, event, nowNanos));
    return rebuilt;
  }

  private void tellsAgain() {
    index.admit(SLOT, LIMITS.blocksPerTarget(), RepeatedStores.TOLD_AGAIN);
  }

  private void store(long... blocks) {
    apply(stored(blocks));
  }

  private void storeAfter(long parent, long... blocks) {
    apply(storedAfter(parent, blocks));
  }

  private static KvEvent stored(long... blocks) {
    return KvEvent.Stored.root(names(blocks), blocks, Tier.DEVICE);
  }

  private static KvEvent storedAfter(long parent, long... blocks) {
    return KvEvent.Stored.after(100 + parent, names(blocks), blocks, Tier.DEVICE);
  }

  private void remove(long... engineHashes) {
    apply(new KvEvent.Removed(engineHashes, Tier.DEVICE));
  }

  private boolean apply(KvEvent event) {
    return index.apply(SLOT, event, nowNanos);
  }

  private int overlap(long... prompt) {
    return overlap(index, prompt);
  }

  private int overlap(PrefixIndex any, long... prompt) {
    any.match(prompt, prompt.length, overlaps);
    return overlaps.deviceBlocks(SLOT);
  }

  private static long[] names(long... blocks) {
    long[] names = blocks.clone();
    for (int i = 0; i < names.length; i++) {
      names[i] += 100;
    }
    return names;
  }

  private static long[] longs(long... values) {
    return values;
  }

  private static long[] hash(byte[] tokens, long seed) {
    long[] out = new long[4];
    new BlockHasher(4, false).localHashes(tokens, seed, out);
    return out;
  }
}
