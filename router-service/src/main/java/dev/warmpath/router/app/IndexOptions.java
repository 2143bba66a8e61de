package dev.warmpath.router.app;

import dev.warmpath.indexer.index.IndexLimits;

/**
 * How the index is kept.
 *
 * @param limits its bounds
 * @param threads how many write it; workers are divided among them
 */
record IndexOptions(IndexLimits limits, int threads) {
  /** Most threads that write the index. */
  static final int MOST_THREADS = 64;
}
