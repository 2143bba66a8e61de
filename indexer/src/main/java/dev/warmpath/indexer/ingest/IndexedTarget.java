package dev.warmpath.indexer.ingest;

import dev.warmpath.indexer.event.RepeatedStores;
import dev.warmpath.indexer.event.TargetId;

/**
 * A target as the index must know it.
 *
 * @param slot dense small number, one per target incarnation; handed out by the fleet
 * @param id whose cache it is
 * @param model model that the worker serves
 * @param blockSize tokens in a block, at least 1
 * @param eagle whether blocks overlap by one token
 * @param incarnation the worker's life; 0 when it was not announced and is learnt from the events
 * @param blockBound blocks that the index keeps of it; 0 for the bound of the index's limits
 * @param repeatedStores what it means that the target stores a block that it holds already
 */
public record IndexedTarget(
    int slot,
    TargetId id,
    String model,
    int blockSize,
    boolean eagle,
    long incarnation,
    long blockBound,
    RepeatedStores repeatedStores) {
  public IndexedTarget {
    if (slot < 0) {
      throw new IllegalArgumentException("slot must not be negative: " + slot);
    }
    if (model.isEmpty()) {
      throw new IllegalArgumentException("model is empty");
    }
    if (blockSize < 1) {
      throw new IllegalArgumentException("block_size must be at least 1: " + blockSize);
    }
    if (blockBound < 0) {
      throw new IllegalArgumentException("blockBound must not be negative: " + blockBound);
    }
  }

  /** A target that counts copies. */
  public IndexedTarget(
      int slot,
      TargetId id,
      String model,
      int blockSize,
      boolean eagle,
      long incarnation,
      long blockBound) {
    this(slot, id, model, blockSize, eagle, incarnation, blockBound, RepeatedStores.COPIES);
  }

  /** A target that counts copies, without a bound of its own. */
  public IndexedTarget(
      int slot, TargetId id, String model, int blockSize, boolean eagle, long incarnation) {
    this(slot, id, model, blockSize, eagle, incarnation, 0, RepeatedStores.COPIES);
  }
}
