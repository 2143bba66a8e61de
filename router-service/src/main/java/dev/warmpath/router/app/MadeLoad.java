package dev.warmpath.router.app;

import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.load.Synthetic;

/** Requests that {@code --open-loop} or {@code --closed-loop} makes. */
final class MadeLoad {
  private MadeLoad() {}

  /** The requests of {@code isl} and {@code osl}. */
  static Synthetic of(LoopArguments loop, Deployment deployment) {
    int outputTokens = outputTokens(loop);
    return new Synthetic(
        inputTokens(loop), outputTokens, deployment.engine().outputLengths(outputTokens));
  }

  /** Checks them before there is a deployment. */
  static void check(LoopArguments loop) {
    outputTokens(loop);
    inputTokens(loop);
  }

  private static int inputTokens(LoopArguments loop) {
    return loop.whole("isl", null);
  }

  private static int outputTokens(LoopArguments loop) {
    return loop.whole("osl", null);
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
