package dev.warmpath.indexer.index;

import java.util.concurrent.atomic.LongAdder;

/** What happened to the events of one {@link PrefixIndex}; any thread may read. */
public final class IndexCounters {
  final LongAdder storedBlocks = new LongAdder();
  final LongAdder removedBlocks = new LongAdder();
  final LongAdder extraCopies = new LongAdder();
  final LongAdder fullReports = new LongAdder();
  final LongAdder unknownRemovals = new LongAdder();
  final LongAdder conflictingStores = new LongAdder();
  final LongAdder parkedBlocks = new LongAdder();
  final LongAdder parkedOverflows = new LongAdder();
  final LongAdder parkedExpiries = new LongAdder();

  /** Block copies stored. */
  public long storedBlocks() {
    return storedBlocks.sum();
  }

  /** Block copies removed. */
  public long removedBlocks() {
    return removedBlocks.sum();
  }

  /** Stored blocks that were held already: second and further copies. */
  public long extraCopies() {
    return extraCopies.sum();
  }

  /** Blocks in full reports of a prefix that was held already; they count as no copy. */
  public long fullReports() {
    return fullReports.sum();
  }

  /** Removals of a block that the target did not hold on that tier. */
  public long unknownRemovals() {
    return unknownRemovals.sum();
  }

  /** Blocks refused since their engine hash, or one before it in the run, names another block. */
  public long conflictingStores() {
    return conflictingStores.sum();
  }

  /** Blocks that had to wait for an unknown parent. */
  public long parkedBlocks() {
    return parkedBlocks.sum();
  }

  /** Blocks dropped since too many waited already. */
  public long parkedOverflows() {
    return parkedOverflows.sum();
  }

  /** Blocks dropped since their parent did not come in time. */
  public long parkedExpiries() {
    return parkedExpiries.sum();
  }
}
