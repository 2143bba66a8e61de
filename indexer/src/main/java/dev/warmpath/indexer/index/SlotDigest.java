package dev.warmpath.indexer.index;

import dev.warmpath.indexer.event.CacheDigest;
import dev.warmpath.indexer.event.Tier;

/** Computes the {@link CacheDigest} of what one slot holds. Used once, by the writer thread. */
final class SlotDigest {
  private final Places places;
  private final SlotCopies copies;
  private final SequenceHashes sequenceHashes;
  private final CacheDigest digest = new CacheDigest();

  SlotDigest(Places places, SlotCopies copies, RunTree tree) {
    this.places = places;
    this.copies = copies;
    this.sequenceHashes = new SequenceHashes(tree);
  }

  long value() {
    places.forEach(this::count);
    return digest.value();
  }

  private void count(long engineHash, long place) {
    long sequenceHash = sequenceHashes.of(place);
    Copies held = copies.of(engineHash);
    for (Tier tier : Copies.TIERS) {
      for (int copy = held.on(tier); copy > 0; copy--) {
        digest.add(sequenceHash, tier);
      }
    }
  }
}
