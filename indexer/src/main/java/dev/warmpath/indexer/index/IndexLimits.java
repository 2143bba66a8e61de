package dev.warmpath.indexer.index;

import java.time.Duration;

/**
 * Bounds of one {@link PrefixIndex}.
 *
 * @param parkedBlocksPerTarget blocks of one target that may wait for an unknown parent; more are
 *     dropped and counted
 * @param parkedAgeNanos how long a block may wait, nanoseconds; older ones are dropped and counted
 */
public record IndexLimits(int parkedBlocksPerTarget, long parkedAgeNanos) {
  /** 65,536 parked blocks a target, for 60 s at most. */
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
  }
}
