package dev.warmpath.indexer.index;

import dev.warmpath.indexer.event.Tier;

/** How many copies of a block lie on each tier. The writer thread only. */
final class Copies {
  private final int[] byTier = new int[Tier.COUNT];

  static Copies one(Tier tier) {
    Copies copies = new Copies();
    copies.add(tier, 1);
    return copies;
  }

  int on(Tier tier) {
    return byTier[tier.index()];
  }

  void add(Tier tier, int change) {
    byTier[tier.index()] += change;
  }

  boolean isEmpty() {
    return fastestTier() == Tier.COUNT;
  }

  /** The fastest tier with a copy. There must be one. */
  Tier first() {
    for (Tier tier : Tier.values()) {
      if (on(tier) > 0) {
        return tier;
      }
    }
    throw new IllegalStateException("no copy on any tier");
  }

  /** Index of the fastest tier with a copy; {@link Tier#COUNT} when there is none. */
  int fastestTier() {
    int tier = 0;
    while (tier < Tier.COUNT && byTier[tier] == 0) {
      tier++;
    }
    return tier;
  }
}
