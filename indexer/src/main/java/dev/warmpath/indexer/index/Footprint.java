package dev.warmpath.indexer.index;

import dev.warmpath.indexer.index.IndexCounters.Count;

/**
 * What one index takes, by part, and how much it stores. The writer thread counts each change where
 * it happens; any thread reads. Objects are as large as with compact headers; what lies in hash
 * maps of objects is estimated.
 */
final class Footprint {
  /** Header of an array, and its length. */
  static final int ARRAY_BYTES = 16;

  /** What a place in an array of references takes. */
  static final int REFERENCE_BYTES = 4;

  final Count runBytes = new Count();
  final Count coverageBytes = new Count();
  final Count slotTableBytes = new Count();
  final Count sideTableBytes = new Count();
  final Count runs = new Count();

  /** Blocks in all runs. */
  final Count blocks = new Count();

  private final MemoryBudget budget;
  private long taken;

  Footprint(MemoryBudget budget) {
    this.budget = budget;
  }

  /** Bytes of all parts. */
  long bytes() {
    return runBytes.sum() + coverageBytes.sum() + slotTableBytes.sum() + sideTableBytes.sum();
  }

  /** Whether the index may grow. */
  boolean hasRoom() {
    return !budget.isFull();
  }

  /** Whether the index may grow by a good deal. */
  boolean hasSlack() {
    return budget.hasSlack();
  }

  /** Takes what a change added from the budget, or gives back what it left. */
  void settle() {
    taken = budget.cover(bytes(), taken);
  }

  static long bytesOf(long[] array) {
    return ARRAY_BYTES + (long) Long.BYTES * array.length;
  }

  static long bytesOf(int[] array) {
    return ARRAY_BYTES + (long) Integer.BYTES * array.length;
  }
}
