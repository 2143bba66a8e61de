package dev.warmpath.indexer.index;

import dev.warmpath.indexer.event.Tier;
import java.util.Arrays;

/**
 * Which slots hold one block, as one bitset a tier, cumulative from the fastest: a slot is in tier
 * t when it holds the block on t or a faster tier. Immutable; a change makes a new one.
 */
final class PlainHolders {
  static final long[] NOBODY = {};
  static final PlainHolders NONE =
      new PlainHolders(new long[][] {NOBODY, NOBODY, NOBODY, NOBODY}, true);

  private final long[][] within;
  private final boolean onDeviceOnly;

  private PlainHolders(long[][] within, boolean onDeviceOnly) {
    this.within = within;
    this.onDeviceOnly = onDeviceOnly;
  }

  /**
   * Whether every holder has the block on its device: then the slots are the same within each tier.
   */
  boolean onDeviceOnly() {
    return onDeviceOnly;
  }

  /** The slots that hold the block on tier {@code tier} or a faster one. Not to be changed. */
  long[] within(int tier) {
    return within[tier];
  }

  /**
   * The same with one slot's holding replaced; this very object when that changes nothing.
   *
   * @param fastestTier index of the fastest tier on which the slot holds the block; {@link
   *     Tier#COUNT} when on none
   */
  PlainHolders with(int slot, int fastestTier) {
    if (fastestTier(slot) == fastestTier) {
      return this;
    }
    long[][] changed = new long[Tier.COUNT][];
    boolean sameOnAll = true;
    for (int tier = 0; tier < Tier.COUNT; tier++) {
      boolean isAsOneFaster =
          tier > 0 && tier != fastestTier && Arrays.equals(within[tier], within[tier - 1]);
      changed[tier] =
          isAsOneFaster ? changed[tier - 1] : with(within[tier], slot, tier >= fastestTier);
      if (tier > 0 && Arrays.equals(changed[tier], changed[tier - 1])) {
        changed[tier] = changed[tier - 1];
      } else {
        sameOnAll &= tier == 0;
      }
    }
    return changed[Tier.COUNT - 1].length > 0 ? new PlainHolders(changed, sameOnAll) : NONE;
  }

  /** Index of the fastest tier on which a slot holds the block; {@link Tier#COUNT} for none. */
  int fastestTier(int slot) {
    int tier = 0;
    while (tier < Tier.COUNT && !contains(within[tier], slot)) {
      tier++;
    }
    return tier;
  }

  private static boolean contains(long[] bits, int slot) {
    int word = slot / Long.SIZE;
    return word < bits.length && (bits[word] & (1L << slot)) != 0;
  }

  private static long[] with(long[] bits, int slot, boolean set) {
    if (contains(bits, slot) == set) {
      return bits;
    }
    int word = slot / Long.SIZE;
    long[] changed = Arrays.copyOf(bits, Math.max(bits.length, word + 1));
    changed[word] ^= 1L << slot;
    int used = changed.length;
    while (used > 0 && changed[used - 1] == 0) {
      used--;
    }
    return used == changed.length ? changed : Arrays.copyOf(changed, used);
  }
}
