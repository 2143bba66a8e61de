package dev.warmpath.indexer.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** What happened to the events of one {@link PrefixIndex}; any thread may read. */
public final class IndexCounters {
  final Count storedBlocks = new Count();
  final Count removedBlocks = new Count();
  final Count extraCopies = new Count();
  final Count toldAgain = new Count();
  final Count fullReports = new Count();
  final Count unknownRemovals = new Count();
  final Count conflictingStores = new Count();
  final Count parkedBlocks = new Count();
  final Count parkedOverflows = new Count();
  final Count parkedExpiries = new Count();
  final Count targetBoundRefusals = new Count();
  final Count byteBoundRefusals = new Count();

  /** Block copies stored. */
  public long storedBlocks() {
    return storedBlocks.sum();
  }

  /** Block copies removed. */
  public long removedBlocks() {
    return removedBlocks.sum();
  }

  /** Stored blocks that were held already, where that means a further copy. */
  public long extraCopies() {
    return extraCopies.sum();
  }

  /** Stored blocks that were held already, or waited already, where that means nothing new. */
  public long toldAgain() {
    return toldAgain.sum();
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

  /** Blocks refused since their target would have more than it may; events are refused whole. */
  public long targetBoundRefusals() {
    return targetBoundRefusals.sum();
  }

  /**
   * Blocks refused since the indexes take all the bytes that they may; events are refused whole.
   */
  public long byteBoundRefusals() {
    return byteBoundRefusals.sum();
  }

  /** A number that one thread at a time counts up; any thread may read. */
  static final class Count {
    private static final VarHandle VALUE;

    static {
      try {
        VALUE = MethodHandles.lookup().findVarHandle(Count.class, "value", long.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private long value;

    void add(long more) {
      VALUE.setOpaque(this, value + more);
    }

    void increment() {
      add(1);
    }

    long sum() {
      return (long) VALUE.getOpaque(this);
    }
  }
}
