package dev.warmpath.router.app;

import dev.warmpath.router.replay.load.Timing;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** When the requests of {@code --open-loop}, or of a trace, arrive. */
final class Timings {
  private static final List<String> KEYS = List.of("poisson", "constant", "isl", "osl", "count");

  private static final List<String> OF_MADE_REQUESTS = List.of("isl", "osl", "count");
  private static final int DEFAULT_COUNT = 1_000;

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

  /**
   * Checks the arguments before there is a deployment.
   *
   * @param readsTrace whether the requests are those of a trace
   * @throws IllegalArgumentException naming flag, key and value
   */
  static void check(@Nullable List<String> openLoop, boolean readsTrace) {
    LoopArguments loop = arguments(openLoop);
    boolean byTimestamp = of(loop, 1, 0) instanceof Timing.ByTimestamp;
    if (!readsTrace && !byTimestamp) {
      MadeLoad.check(loop);
      count(loop);
      return;
    }
    for (String key : OF_MADE_REQUESTS) {
      if (readsTrace && loop.has(key)) {
        throw new IllegalArgumentException(
            "--open-loop %s= is for requests that it makes, and there is a TRACE".formatted(key));
      }
    }
  }

  /** How many requests are made without a trace. */
  static int count(LoopArguments loop) {
    return loop.whole("count", DEFAULT_COUNT);
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
