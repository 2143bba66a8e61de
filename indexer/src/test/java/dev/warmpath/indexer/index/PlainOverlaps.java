package dev.warmpath.indexer.index;

import dev.warmpath.indexer.event.Tier;
import java.util.Arrays;

/**
 * The result of one {@link PlainPrefixIndex#match}: how many leading blocks of the prompt each slot
 * holds, per tier. Owned by the caller and reused from match to match; one thread at a time.
 *
 * <p>Depths are cumulative over tiers: a block counts within {@link Tier#HOST} when it lies on the
 * device or in host memory. So depths never fall from one tier to the next slower one.
 */
public final class PlainOverlaps {
  private static final int DEVICE = Tier.DEVICE.index();

  private final int[][] depth = new int[Tier.COUNT][0];
  private final long[][] alive = new long[Tier.COUNT][0];
  private int slots;

  /** Whether all tiers are alike so far: then the device's arrays stand for all. */
  private boolean alike;

  /** Leading blocks that a slot holds on {@code within} or a faster tier. */
  public int blocks(int slot, Tier within) {
    return slot < slots ? depth[alike ? DEVICE : within.index()][slot] : 0;
  }

  /** Leading blocks that a slot holds on its device. */
  public int deviceBlocks(int slot) {
    return blocks(slot, Tier.DEVICE);
  }

  /** Slots below this number may have an overlap. */
  public int slotLimit() {
    return slots;
  }

  /** Starts a match over slots 0 to {@code slotLimit} - 1: all may hold the whole prompt. */
  void start(int slotLimit) {
    int words = (slotLimit + Long.SIZE - 1) / Long.SIZE;
    if (depth[DEVICE].length < slotLimit) {
      for (int tier = 0; tier < Tier.COUNT; tier++) {
        depth[tier] = new int[slotLimit];
        alive[tier] = new long[words];
      }
    }
    Arrays.fill(alive[DEVICE], 0, words, -1L);
    if (slotLimit % Long.SIZE != 0) {
      alive[DEVICE][words - 1] = (1L << slotLimit) - 1;
    }
    slots = slotLimit;
    alike = true;
  }

  /**
   * Goes on to the next block. Slots that do not hold it end with the blocks before it.
   *
   * @param blocksBefore blocks matched so far
   * @return whether any slot is left
   */
  boolean next(PlainHolders holders, int blocksBefore) {
    if (alike && !holders.onDeviceOnly()) {
      tellTiersApart();
    }
    boolean any = narrow(DEVICE, holders.within(DEVICE), blocksBefore);
    for (int tier = 1; tier < Tier.COUNT && !alike; tier++) {
      any = narrow(tier, holders.within(tier), blocksBefore);
    }
    return any;
  }

  /** Ends a match: the slots that are left hold {@code blocks} blocks. */
  void end(int blocks) {
    next(PlainHolders.NONE, blocks);
  }

  private void tellTiersApart() {
    alike = false;
    for (int tier = 1; tier < Tier.COUNT; tier++) {
      System.arraycopy(depth[DEVICE], 0, depth[tier], 0, slots);
      System.arraycopy(alive[DEVICE], 0, alive[tier], 0, alive[DEVICE].length);
    }
  }

  private boolean narrow(int tier, long[] holding, int blocks) {
    long[] left = alive[tier];
    int[] depthOf = depth[tier];
    long any = 0;
    for (int word = 0; word * Long.SIZE < slots; word++) {
      long before = left[word];
      long after = word < holding.length ? before & holding[word] : 0L;
      for (long gone = before & ~after; gone != 0; gone &= gone - 1) {
        depthOf[word * Long.SIZE + Long.numberOfTrailingZeros(gone)] = blocks;
      }
      left[word] = after;
      any |= after;
    }
    return any != 0;
  }
}
