package dev.warmpath.router.app;

import dev.warmpath.router.replay.load.Timing;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** When the requests of {@code --open-loop}, or of a trace, arrive. */
final class Timings {
  private static final List<String> KEYS = List.of("poisson", "constant", "isl", "osl", "count");

  private Timings() {}

  /** The arguments of {@code --open-loop}; none when it was not given. */
  static LoopArguments arguments(@Nullable List<String> openLoop) {
    return new LoopArguments("--open-loop", openLoop == null ? List.of() : openLoop, KEYS);
  }

  /** The timing that the arguments ask for; without, by timestamp. */
  static Timing of(LoopArguments loop, double speedup, long seed) {
    if (loop.has("poisson") && loop.has("constant")) {
      throw new IllegalArgumentException("--open-loop takes poisson or constant, not both");
    }
    if (loop.has("poisson")) {
      return new Timing.Poisson(loop.number("poisson"), seed);
    }
    return loop.has("constant")
        ? new Timing.Constant(loop.number("constant"))
        : new Timing.ByTimestamp(speedup);
  }

  /** A timing, for people. */
  static String text(Timing timing, boolean followSessions) {
    return switch (timing) {
      case Timing.Poisson(double rate, long seed) ->
          "Poisson arrivals, %s a second, seed %d".formatted(rate, seed);
      case Timing.Constant(double rate) -> "arrivals at a constant %s a second".formatted(rate);
      case Timing.ByTimestamp(double speedup) ->
          (followSessions ? "sessions followed" : "arrivals by timestamp")
              + (speedup == 1 ? "" : ", times divided by " + speedup);
    };
  }
}
