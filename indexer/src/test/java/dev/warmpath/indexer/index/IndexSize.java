package dev.warmpath.indexer.index;

/** How large an index is inside, for tests and benchmarks. The writer thread of the index only. */
public final class IndexSize {
  private IndexSize() {}

  /** Runs that the blocks are stored in. */
  public static int runs(PrefixIndex index) {
    return index.runCount();
  }

  /** Blocks that anybody holds or that lead to such a block, each counted once. */
  public static int blocks(PrefixIndex index) {
    return index.nodeCount();
  }
}
