package dev.warmpath.indexer.index;

import dev.warmpath.indexer.event.RepeatedStores;
import dev.warmpath.indexer.event.Tier;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * Blocks of one slot whose parent is not known yet, oldest first. Bounded by count and by age. The
 * writer thread only.
 */
final class ParkedBlocks {
  /** A block with its copies, its entries in both tables and the list that it is in. */
  private static final long BLOCK_BYTES = 240;

  private final IndexLimits limits;
  private final RepeatedStores repeated;
  private final IndexCounters counters;

  /** Made again when it is empty, since it keeps the room that it once needed. */
  private LinkedHashMap<Long, Block> byEngineHash = new LinkedHashMap<>();

  private final Long2ObjectOpenHashMap<List<Block>> byParentHash = new Long2ObjectOpenHashMap<>();

  /** The most blocks since the table was made. */
  private int most;

  ParkedBlocks(IndexLimits limits, RepeatedStores repeated, IndexCounters counters) {
    this.limits = limits;
    this.repeated = repeated;
    this.counters = counters;
  }

  int size() {
    return byEngineHash.size();
  }

  boolean isEmpty() {
    return byEngineHash.isEmpty();
  }

  /** Bytes that the blocks take, estimated. */
  long bytes() {
    return BLOCK_BYTES * size() + 2L * Footprint.REFERENCE_BYTES * most;
  }

  /** Gives room back once no block waits. */
  void shrink() {
    if (most > 0 && isEmpty()) {
      byEngineHash = new LinkedHashMap<>();
      byParentHash.trim();
      most = 0;
    }
  }

  boolean contains(long engineHash) {
    return byEngineHash.containsKey(engineHash);
  }

  /** Whether a block may wait there: it is not its own parent, and does not wait elsewhere. */
  boolean mayWait(long engineHash, long parentHash, long localHash) {
    Block block = byEngineHash.get(engineHash);
    return block == null
        ? engineHash != parentHash
        : block.parentHash == parentHash && block.localHash == localHash;
  }

  /**
   * Keeps one copy of a block, which {@link #mayWait}, until its parent comes. Returns false, and
   * drops it, when there is no room.
   */
  boolean park(long engineHash, long parentHash, long localHash, Tier tier, long nowNanos) {
    Block block = byEngineHash.get(engineHash);
    if (block == null) {
      if (byEngineHash.size() >= limits.parkedBlocksPerTarget()) {
        counters.parkedOverflows.increment();
        return false;
      }
      block = new Block(engineHash, parentHash, localHash, nowNanos);
      byEngineHash.put(engineHash, block);
      byParentHash.computeIfAbsent(parentHash, _ -> new ArrayList<>(1)).add(block);
      counters.parkedBlocks.increment();
      most = Math.max(most, size());
    }
    if (repeated == RepeatedStores.TOLD_AGAIN && block.copies.on(tier) > 0) {
      counters.toldAgain.increment();
    } else {
      block.copies.add(tier, 1);
    }
    return true;
  }

  /** Takes one copy of a parked block away. Returns false when there is none. */
  boolean remove(long engineHash, Tier tier) {
    Block block = isEmpty() ? null : byEngineHash.get(engineHash);
    if (block == null || block.copies.on(tier) == 0) {
      return false;
    }
    block.copies.add(tier, -1);
    if (block.copies.isEmpty()) {
      byEngineHash.remove(engineHash);
      unlinkFromParent(block);
    }
    return true;
  }

  /** Hands out, and forgets, the blocks that wait for {@code engineHash}. */
  List<Block> takeChildrenOf(long engineHash) {
    List<Block> children = byParentHash.remove(engineHash);
    if (children == null) {
      return List.of();
    }
    children.forEach(child -> byEngineHash.remove(child.engineHash));
    return children;
  }

  void expire(long nowNanos) {
    if (isEmpty()) {
      return;
    }
    Iterator<Block> oldestFirst = byEngineHash.values().iterator();
    while (oldestFirst.hasNext()) {
      Block block = oldestFirst.next();
      if (nowNanos - block.parkedAtNanos <= limits.parkedAgeNanos()) {
        return;
      }
      oldestFirst.remove();
      unlinkFromParent(block);
      counters.parkedExpiries.increment();
    }
  }

  void clear() {
    byEngineHash.clear();
    byParentHash.clear();
  }

  private void unlinkFromParent(Block block) {
    List<Block> siblings = byParentHash.get(block.parentHash);
    siblings.remove(block);
    if (siblings.isEmpty()) {
      byParentHash.remove(block.parentHash);
    }
  }

  /** A block that waits. */
  static final class Block {
    final long engineHash;
    final long localHash;
    final Copies copies = new Copies();
    private final long parentHash;
    private final long parkedAtNanos;

    private Block(long engineHash, long parentHash, long localHash, long parkedAtNanos) {
      this.engineHash = engineHash;
      this.parentHash = parentHash;
      this.localHash = localHash;
      this.parkedAtNanos = parkedAtNanos;
    }
  }
}
