package dev.warmpath.indexer.index;

import java.time.Duration;

/**
 * Bounds of one {@link PrefixIndex}, and of the indexes that share its bytes.
 *
 * @param parkedBlocksPerTarget blocks of one target that may wait for an unknown parent; more are
 *     dropped and counted
 * @param parkedAgeNanos how long a block may wait, nanoseconds; older ones are dropped and counted
 * @param blocksPerTarget blocks of a target without a bound of its own, waiting ones included; an
 *     event that would pass it is refused and counted. At most {@link #MOST_BLOCKS_PER_TARGET}
 * @param bytes what all indexes may take together; while they do, stores are refused and counted
 */
public record IndexLimits(
    int parkedBlocksPerTarget, long parkedAgeNanos, long blocksPerTarget, long bytes) {
  /** The largest bound on the blocks of one target: what a table in one array can name. */
  public static final long MOST_BLOCKS_PER_TARGET = 1L << 28;

  /** For {@code bytes}: as many as the heap has. */
  public static final long ANY_BYTES = Long.MAX_VALUE;

  /**
   * 65,536 parked blocks a target, for 60 s at most; otherwise bounded by memory alone, for
   * programs that know what they put in.
   */
  public static final IndexLimits DEFAULT =
      new IndexLimits(65_536, Duration.ofSeconds(60).toNanos());

  public IndexLimits {
    if (parkedBlocksPerTarget < 0) {
      throw new IllegalArgumentException(
          "parkedBlocksPerTarget must not be negative: " + parkedBlocksPerTarget);
    }
    if (parkedAgeNanos < 0) {
      throw new IllegalArgumentException("parkedAgeNanos must not be negative: " + parkedAgeNanos);
    }
    if (blocksPerTarget < 1 || blocksPerTarget > MOST_BLOCKS_PER_TARGET) {
      throw new IllegalArgumentException(
          "blocksPerTarget must be 1 to %d: %d".formatted(MOST_BLOCKS_PER_TARGET, blocksPerTarget));
    }
    if (bytes < 1) {
      throw new IllegalArgumentException("bytes must be at least 1: " + bytes);
    }
  }

  /** Bounds on parked blocks alone. */
  public IndexLimits(int parkedBlocksPerTarget, long parkedAgeNanos) {
    this(parkedBlocksPerTarget, parkedAgeNanos, MOST_BLOCKS_PER_TARGET, ANY_BYTES);
  }

  /** The same with other bounds on blocks and bytes. */
  public IndexLimits with(long blocksPerTarget, long bytes) {
    return new IndexLimits(parkedBlocksPerTarget, parkedAgeNanos, blocksPerTarget, bytes);
  }
}
