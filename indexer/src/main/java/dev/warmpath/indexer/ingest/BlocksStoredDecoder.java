package dev.warmpath.indexer.ingest;

import static dev.warmpath.indexer.ingest.WireLimits.check;

import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.block.BlockSeed;
import dev.warmpath.indexer.block.MultimodalBlocks;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.v1.BlocksStored;
import dev.warmpath.v1.MultimodalKeys;
import java.util.BitSet;

/** A stored run from wire to value: checks it against its target and hashes its tokens. */
final class BlocksStoredDecoder {
  private BlocksStoredDecoder() {}

  static KvEvent decode(BlocksStored stored, IndexedTarget target) throws MalformedEventException {
    KvEventCodec.checkBlocks(stored.getBlockHashesCount());
    check(
        stored.getBlockSize() == target.blockSize(),
        "block_size is %s, that of %s is %d",
        Integer.toUnsignedString(stored.getBlockSize()),
        target.id(),
        target.blockSize());
    return new KvEvent.Stored(
        stored.hasParentHash(),
        stored.getParentHash(),
        KvEventCodec.longs(stored.getBlockHashesList()),
        localHashes(stored, target),
        KvEventCodec.tier(stored.getTier(), stored.getTierValue()));
  }

  private static long[] localHashes(BlocksStored stored, IndexedTarget target)
      throws MalformedEventException {
    check(
        stored.getTokenIds().isEmpty() != (stored.getLocalHashesCount() == 0),
        "exactly one of token_ids and local_hashes must be given: %d bytes and %d hashes",
        stored.getTokenIds().size(),
        stored.getLocalHashesCount());
    if (stored.getTokenIds().isEmpty()) {
      check(
          stored.getLocalHashesCount() == stored.getBlockHashesCount(),
          "local_hashes: %d for %d block_hashes",
          stored.getLocalHashesCount(),
          stored.getBlockHashesCount());
      // Whoever sends hashes may leave eagle unset: they say all there is to know of the tokens.
      check(
          !stored.getEagle() || target.eagle(), "eagle is true, that of %s is false", target.id());
      return KvEventCodec.longs(stored.getLocalHashesList());
    }
    check(
        stored.getEagle() == target.eagle(),
        "eagle is %s, that of %s is %s",
        stored.getEagle(),
        target.id(),
        target.eagle());
    return hash(stored);
  }

  /** The local hashes of a run that carries its tokens. */
  static long[] hash(BlocksStored stored) throws MalformedEventException {
    int blocks = stored.getBlockHashesCount();
    int blockSize = stored.getBlockSize();
    check(
        blockSize >= 1 && blockSize <= WireLimits.BLOCK_SIZE,
        "block_size must be 1 to %d: %s",
        WireLimits.BLOCK_SIZE,
        Integer.toUnsignedString(blockSize));
    long tokens = (long) blocks * blockSize + (stored.getEagle() ? 1 : 0);
    check(
        stored.getTokenIds().size() == tokens * BlockHasher.TOKEN_BYTES,
        "token_ids has %d bytes, %d blocks of %d tokens need %d",
        stored.getTokenIds().size(),
        blocks,
        blockSize,
        tokens * BlockHasher.TOKEN_BYTES);
    long[] hashes = new long[blocks];
    new BlockHasher(blockSize, stored.getEagle())
        .localHashes(
            stored.getTokenIds().toByteArray(),
            BlockSeed.of(stored.getLoraName(), stored.getCacheSalt()),
            multimodal(stored),
            hashes);
    return hashes;
  }

  private static MultimodalBlocks multimodal(BlocksStored stored) throws MalformedEventException {
    if (stored.getMultimodalCount() == 0) {
      return MultimodalBlocks.NONE;
    }
    MultimodalBlocks objects = new MultimodalBlocks();
    BitSet seen = new BitSet();
    for (MultimodalKeys keys : stored.getMultimodalList()) {
      int block = keys.getBlockIndex();
      check(
          block >= 0 && block < stored.getBlockHashesCount() && !seen.get(block),
          "multimodal block_index is repeated or not below %d: %s",
          stored.getBlockHashesCount(),
          Integer.toUnsignedString(block));
      check(
          keys.getObjectHashesCount() <= WireLimits.OBJECTS,
          "multimodal object_hashes of block %d: %d, the limit is %d",
          block,
          keys.getObjectHashesCount(),
          WireLimits.OBJECTS);
      check(
          keys.getObjectHashesCount() <= stored.getBlockSize() + 1,
          "multimodal object_hashes of block %d: %d, more than it has tokens",
          block,
          keys.getObjectHashesCount());
      seen.set(block);
      objects.addAll(block, KvEventCodec.longs(keys.getObjectHashesList()));
    }
    return objects;
  }
}
