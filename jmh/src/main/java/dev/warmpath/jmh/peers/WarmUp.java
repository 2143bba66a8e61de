package dev.warmpath.jmh.peers;

import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Says when a measure has been done so often that it gets no faster: no round of the last two
 * seconds was faster by more than 3 % than the fastest before. It takes at most ten seconds. The
 * time is an argument; one thread.
 */
final class WarmUp {
  static final long STEADY_NANOS = TimeUnit.SECONDS.toNanos(2);
  static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final double FASTER = 0.97;

  private final long startNanos;
  private double fastest = Double.MAX_VALUE;
  private long fastestAtNanos;
  private long lastNanos;

  WarmUp(long nowNanos) {
    startNanos = nowNanos;
    fastestAtNanos = nowNanos;
    lastNanos = nowNanos;
  }

  /**
   * Takes in a round.
   *
   * @param cost what the round cost, in any unit that is the same for all rounds
   */
  void round(double cost, long nowNanos) {
    if (cost < FASTER * fastest) {
      fastest = cost;
      fastestAtNanos = nowNanos;
    }
    lastNanos = nowNanos;
  }

  boolean isOver() {
    return lastNanos - fastestAtNanos >= STEADY_NANOS || lastNanos - startNanos >= MOST_NANOS;
  }

  /** How long it took so far, as a figure of the measure. */
  String figure() {
    return String.format(Locale.ROOT, "warm_up_s=%.1f", (lastNanos - startNanos) * 1e-9);
  }
}
