package dev.warmpath.router.replay;

/**
 * One request of a trace.
 *
 * @param arrivalNanos when it arrives, nanoseconds since the start of the trace
 * @param prompt its prompt; a partial last block counts as a block
 * @param outputTokens tokens to generate, at least 0
 */
public record TraceRequest(long arrivalNanos, Prompt prompt, int outputTokens) {
  public TraceRequest {
    if (arrivalNanos < 0) {
      throw new IllegalArgumentException("arrivalNanos must not be negative: " + arrivalNanos);
    }
    if (outputTokens < 0) {
      throw new IllegalArgumentException("outputTokens must not be negative: " + outputTokens);
    }
  }
}
