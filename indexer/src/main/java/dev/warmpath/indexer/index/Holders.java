package dev.warmpath.indexer.index;

import dev.warmpath.indexer.event.Tier;
import java.util.Arrays;

/**
 * Which slots hold one block, as one bitset a tier, cumulative from the fastest: a slot is in tier
 * t when it holds the block on t or a faster tier. Immutable; a change makes a new one.
 */
final class Holders {
  static final long[] NOBODY = {};
  static final Holders NONE = new Holders(new long[][] {NOBODY, NOBODY, NOBODY, NOBODY});

  private final long[][] within;

  private Holders(long[][] within) {
    this.within = within;
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
  Holders with(int slot, int fastestTier) {
    if (fastestTier(slot) == fastestTier) {
      return this;
    }
    long[][] changed = new long[Tier.COUNT][];
    boolean anyone = false;
    for (int tier = 0; tier < Tier.COUNT; tier++) {
      boolean isAsOneFaster =
          tier > 0 && tier != fastestTier && Arrays.equals(within[tier], within[tier - 1]);
      changed[tier] =
          isAsOneFaster ? changed[tier - 1] : with(within[tier], slot, tier >= fastestTier);
      anyone |= changed[tier].length > 0;
    }
    return anyone ? new Holders(changed) : NONE;
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
