package dev.warmpath.router.replay;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The simulated fleet of a replay.
 *
 * @param workers how many workers
 * @param ranks data-parallel ranks of each
 * @param blocksPerTarget blocks that each rank can hold
 * @param speed how fast each rank works
 * @param seed where the policies' chance comes from
 * @param faults what goes wrong
 * @param placedLife how long after its last placement a block counts as held, when workers publish
 *     no events and the router goes by what it placed; null when they publish
 */
public record ReplayOptions(
    int workers,
    int ranks,
    int blocksPerTarget,
    EngineSpeed speed,
    long seed,
    ReplayFaults faults,
    @Nullable Duration placedLife) {
  /** Share of the time that targets are busy, unless another is told. */
  public static final double BUSY_SHARE = 0.9;

  /** For {@link #blocksPerTarget}: more blocks than any trace has. */
  public static final int ENDLESS = 10_000_000;

  private static final double NANOS_PER_SECOND = Duration.ofSeconds(1).toNanos();

  /** A fleet whose workers publish events. */
  public ReplayOptions(
      int workers,
      int ranks,
      int blocksPerTarget,
      EngineSpeed speed,
      long seed,
      ReplayFaults faults) {
    this(workers, ranks, blocksPerTarget, speed, seed, faults, null);
  }

  /** A fleet whose workers publish events, where nothing goes wrong. */
  public ReplayOptions(int workers, int ranks, int blocksPerTarget, EngineSpeed speed, long seed) {
    this(workers, ranks, blocksPerTarget, speed, seed, ReplayFaults.NONE);
  }

  public ReplayOptions {
    if (workers < 1 || ranks < 1 || blocksPerTarget < 1) {
      throw new IllegalArgumentException(
          "must be at least 1: workers %d, ranks %d, blocksPerTarget %d"
              .formatted(workers, ranks, blocksPerTarget));
    }
  }

  /** Workers times ranks. */
  public int targets() {
    return Math.multiplyExact(workers, ranks);
  }

  /** Blocks that all targets together can hold. */
  public long pooledBlocks() {
    return (long) targets() * blocksPerTarget;
  }

  /**
   * The prefill rate at which {@code targets} would be busy for a share of the trace's time if
   * nothing were cached, tokens a second.
   *
   * @param busyShare above 0; 1 for all the time
   * @throws IllegalArgumentException if all requests arrive at one instant
   */
  public static double prefillRate(Trace trace, int targets, double busyShare) {
    if (trace.durationNanos() == 0) {
      throw new IllegalArgumentException("all requests arrive at one instant");
    }
    double seconds = trace.durationNanos() / NANOS_PER_SECOND;
    return trace.inputTokens() / (busyShare * targets * seconds);
  }
}
