package dev.warmpath.indexer.event;

/**
 * An order-free digest of what a cache holds: the wrapping sum over all held copies of a mix of
 * sequence hash and tier. Two caches with the same content have the same digest; adding and taking
 * away a copy are one addition each. Not thread-safe.
 */
public final class CacheDigest {
  private long sum;

  /** One more copy of a block is held. */
  public void add(long sequenceHash, Tier tier) {
    sum += mix(sequenceHash, tier);
  }

  /** One copy of a block less is held. */
  public void remove(long sequenceHash, Tier tier) {
    sum -= mix(sequenceHash, tier);
  }

  /** One more copy of each of the blocks {@code from} to {@code to - 1} is held. */
  public void addAll(long[] sequenceHashes, int from, int to, Tier tier) {
    for (int i = from; i < to; i++) {
      sum += mix(sequenceHashes[i], tier);
    }
  }

  /** The cache holds nothing. */
  public void clear() {
    sum = 0;
  }

  /** The digest; 0 for an empty cache. */
  public long value() {
    return sum;
  }

  /**
   * Finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators).
   */
  private static long mix(long sequenceHash, Tier tier) {
    long z = sequenceHash + (tier.index() + 1) * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
