package dev.warmpath.router.replay.load;

import dev.warmpath.router.replay.Prompt;

/**
 * One request of a load.
 *
 * @param timestampNanos when it arrives by its trace, nanoseconds from the start; 0 without a trace
 * @param prompt its prompt, in blocks of the engine
 * @param outputTokens tokens to generate, at least 0
 * @param session the session that it is a turn of; empty for none
 * @param delayNanos from the answer of the turn before to this request, nanoseconds
 */
public record LoadRequest(
    long timestampNanos, Prompt prompt, int outputTokens, String session, long delayNanos) {
  public LoadRequest {
    if (timestampNanos < 0 || outputTokens < 0 || delayNanos < 0) {
      throw new IllegalArgumentException(
          "must not be negative: timestampNanos %d, outputTokens %d, delayNanos %d"
              .formatted(timestampNanos, outputTokens, delayNanos));
    }
  }

  /** The same at another instant. */
  LoadRequest at(long nanos) {
    return new LoadRequest(nanos, prompt, outputTokens, session, delayNanos);
  }

  /** A request that is part of no trace and no session. */
  static LoadRequest alone(Prompt prompt, int outputTokens) {
    return new LoadRequest(0, prompt, outputTokens, "", 0);
  }
}
