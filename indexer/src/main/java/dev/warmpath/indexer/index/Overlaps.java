package dev.warmpath.indexer.index;

import dev.warmpath.indexer.event.Tier;
import java.util.Arrays;

/**
 * The result of one {@link PrefixIndex#match}: how many leading blocks of the prompt each slot
 * holds, per tier. Owned by the caller and reused from match to match; one thread at a time.
 *
 * <p>Depths are cumulative over tiers: a block counts within {@link Tier#HOST} when it lies on the
 * device or in host memory. So depths never fall from one tier to the next slower one.
 */
public final class Overlaps {
  private final int[][] depth = new int[Tier.COUNT][0];
  private int slots;

  /** Leading blocks that a slot holds on {@code within} or a faster tier. */
  public int blocks(int slot, Tier within) {
    return slot < slots ? depth[within.index()][slot] : 0;
  }

  /** Leading blocks that a slot holds on its device. */
  public int deviceBlocks(int slot) {
    return blocks(slot, Tier.DEVICE);
  }

  /** Slots below this number may have an overlap. */
  public int slotLimit() {
    return slots;
  }

  void reset(int slotLimit) {
    for (int tier = 0; tier < Tier.COUNT; tier++) {
      if (depth[tier].length < slotLimit) {
        depth[tier] = new int[slotLimit];
      } else {
        Arrays.fill(depth[tier], 0, slotLimit, 0);
      }
    }
    slots = slotLimit;
  }

  void set(int tier, int slot, int blocks) {
    depth[tier][slot] = blocks;
  }
}
