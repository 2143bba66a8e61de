package dev.warmpath.indexer.index;

import dev.warmpath.indexer.event.Tier;
import java.util.List;

/** How many copies of a block lie on each tier. The writer thread only. */
final class Copies {
  static final List<Tier> TIERS = List.of(Tier.values());

  private int device;
  private int host;
  private int disk;
  private int external;

  static Copies one(Tier tier) {
    Copies copies = new Copies();
    copies.add(tier, 1);
    return copies;
  }

  int on(Tier tier) {
    return switch (tier) {
      case DEVICE -> device;
      case HOST -> host;
      case DISK -> disk;
      case EXTERNAL -> external;
    };
  }

  void add(Tier tier, int change) {
    switch (tier) {
      case DEVICE -> device += change;
      case HOST -> host += change;
      case DISK -> disk += change;
      case EXTERNAL -> external += change;
    }
  }

  boolean isEmpty() {
    return (device | host | disk | external) == 0;
  }

  boolean isOne() {
    return device + host + disk + external == 1;
  }

  boolean isOneOnDevice() {
    return device == 1 && (host | disk | external) == 0;
  }

  /** The fastest tier with a copy. There must be one. */
  Tier first() {
    if (device > 0) {
      return Tier.DEVICE;
    }
    if (host > 0) {
      return Tier.HOST;
    }
    if (disk > 0) {
      return Tier.DISK;
    }
    if (external > 0) {
      return Tier.EXTERNAL;
    }
    throw new IllegalStateException("no copy on any tier");
  }

  /** Index of the fastest tier with a copy; {@link Tier#COUNT} when there is none. */
  int fastestTier() {
    return isEmpty() ? Tier.COUNT : first().index();
  }
}
