package dev.warmpath.router.workersim;

import java.util.function.LongSupplier;

/** Engine time: real time, run faster or slower. Engine nanoseconds start at 0. Any thread. */
public final class EngineClock {
  private final LongSupplier realNanos;
  private final long startNanos;
  private final double speedup;

  /**
   * A clock that starts now.
   *
   * @param realNanos real time, such as {@link System#nanoTime}
   * @param speedup engine seconds in a real second, above 0
   */
  public EngineClock(LongSupplier realNanos, double speedup) {
    if (!(speedup > 0) || Double.isInfinite(speedup)) {
      throw new IllegalArgumentException("speedup must be above 0: " + speedup);
    }
    this.realNanos = realNanos;
    this.startNanos = realNanos.getAsLong();
    this.speedup = speedup;
  }

  /** Engine time, nanoseconds. */
  public long nowNanos() {
    return (long) ((realNanos.getAsLong() - startNanos) * speedup);
  }

  /** Real time until an engine time, nanoseconds; at most 0 when it has come. */
  public long realNanosUntil(long engineNanos) {
    return (long) ((engineNanos - nowNanos()) / speedup);
  }

  /** Engine time that passes in a span of real time, nanoseconds. */
  public long toEngineNanos(long realSpanNanos) {
    return (long) (realSpanNanos * speedup);
  }
}
