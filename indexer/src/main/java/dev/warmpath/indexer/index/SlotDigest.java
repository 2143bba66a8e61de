package dev.warmpath.indexer.index;

import dev.warmpath.indexer.event.CacheDigest;
import dev.warmpath.indexer.event.Tier;

/** Computes the {@link CacheDigest} of what one slot holds. The writer thread only. */
final class SlotDigest {
  private final SlotCopies copies;
  private final SequenceHashes sequenceHashes;
  private final CacheDigest digest = new CacheDigest();

  private SlotDigest(SlotCopies copies, RunTree tree) {
    this.copies = copies;
    this.sequenceHashes = new SequenceHashes(tree);
  }

  /** The digest of the blocks in some places. */
  static long of(Places places, SlotCopies copies, RunTree tree) {
    SlotDigest digest = new SlotDigest(copies, tree);
    places.forEach(digest::count);
    return digest.digest.value();
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
