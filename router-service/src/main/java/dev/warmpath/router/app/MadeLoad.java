package dev.warmpath.router.app;

import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.load.Synthetic;

/** Requests that {@code --open-loop} or {@code --closed-loop} makes. */
final class MadeLoad {
  private MadeLoad() {}

  /** The requests of {@code isl} and {@code osl}. */
  static Synthetic of(LoopArguments loop, Deployment deployment) {
    int outputTokens = loop.whole("osl", null);
    return new Synthetic(
        loop.whole("isl", null), outputTokens, deployment.engine().outputLengths(outputTokens));
  }

  /** Them, for people. */
  static String text(Synthetic load) {
    String lengths =
        load.lengths() == null
            ? "%d output tokens".formatted(load.outputTokens())
            : "up to %d output tokens, %s on average as in the engine's benchmark"
                .formatted(load.outputTokens(), load.lengths().mean());
    return "%d prompt tokens, %s".formatted(load.inputTokens(), lengths);
  }
}
