package dev.warmpath.indexer.event;

/**
 * One change of one target's KV cache. Arrays are handed over: neither the maker nor the receiver
 * changes them afterwards.
 */
public sealed interface KvEvent {

  /**
   * Blocks became usable, each the child of the one before it.
   *
   * @param hasParent whether the run continues a block; false when it starts at token 0
   * @param parentHash engine hash of the block before the run; 0 without a parent
   * @param engineHashes the engine's own id of each block
   * @param localHashes hash of each block's tokens; as long as {@code engineHashes}
   * @param tier where the blocks lie
   */
  record Stored(
      boolean hasParent, long parentHash, long[] engineHashes, long[] localHashes, Tier tier)
      implements KvEvent {
    public Stored {
      if (engineHashes.length == 0) {
        throw new IllegalArgumentException("block_hashes is empty");
      }
      if (engineHashes.length != localHashes.length) {
        throw new IllegalArgumentException(
            "local hashes: %d for %d block_hashes"
                .formatted(localHashes.length, engineHashes.length));
      }
    }

    /** A run that starts at token 0. */
    public static Stored root(long[] engineHashes, long[] localHashes, Tier tier) {
      return new Stored(false, 0L, engineHashes, localHashes, tier);
    }

    /** A run that continues the block with engine hash {@code parentHash}. */
    public static Stored after(
        long parentHash, long[] engineHashes, long[] localHashes, Tier tier) {
      return new Stored(true, parentHash, engineHashes, localHashes, tier);
    }
  }

  /**
   * One copy of each named block left a tier.
   *
   * @param engineHashes the engine's own ids
   * @param tier the tier that the blocks left
   */
  record Removed(long[] engineHashes, Tier tier) implements KvEvent {
    public Removed {
      if (engineHashes.length == 0) {
        throw new IllegalArgumentException("block_hashes is empty");
      }
    }
  }

  /** The target dropped everything, on every tier. */
  record Cleared() implements KvEvent {}
}
