package dev.warmpath.router.replay.load;

import dev.warmpath.router.replay.Chance;
import java.util.function.LongUnaryOperator;

/** When the requests of an open loop arrive. */
public sealed interface Timing {
  /**
   * As their timestamps say.
   *
   * @param speedup how many seconds of the trace pass in a second, above 0
   */
  record ByTimestamp(double speedup) implements Timing {
    public ByTimestamp {
      requirePositive("speedup", speedup);
    }
  }

  /**
   * One after another with gaps of the same length.
   *
   * @param perSecond requests a second, above 0
   */
  record Constant(double perSecond) implements Timing {
    public Constant {
      requirePositive("constant", perSecond);
    }
  }

  /**
   * Independently of one another: with exponential gaps.
   *
   * @param perSecond requests a second on average, above 0
   * @param seed where the gaps come from
   */
  record Poisson(double perSecond, long seed) implements Timing {
    public Poisson {
      requirePositive("poisson", perSecond);
    }
  }

  private static void requirePositive(String name, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException("%s must be above 0, was %s".formatted(name, value));
    }
  }

  /**
   * The same arrivals in less time.
   *
   * @param factor how many times as many a second, above 0
   */
  default Timing faster(double factor) {
    return switch (this) {
      case ByTimestamp(double speedup) -> new ByTimestamp(speedup * factor);
      case Constant(double perSecond) -> new Constant(perSecond * factor);
      case Poisson(double perSecond, long seed) -> new Poisson(perSecond * factor, seed);
    };
  }

  /**
   * Gives each request its arrival, from its timestamp, in order; both in nanoseconds. A new one
   * for each run.
   */
  default LongUnaryOperator clock() {
    return switch (this) {
      case ByTimestamp(double speedup) -> timestamp -> Math.round(timestamp / speedup);
      case Constant(double perSecond) -> new Gaps(() -> NANOS_PER_SECOND / perSecond);
      case Poisson(double perSecond, long seed) -> {
        Chance chance = new Chance(seed);
        yield new Gaps(() -> chance.exponential(NANOS_PER_SECOND / perSecond));
      }
    };
  }

  /** Nanoseconds in a second. */
  double NANOS_PER_SECOND = 1e9;
}
