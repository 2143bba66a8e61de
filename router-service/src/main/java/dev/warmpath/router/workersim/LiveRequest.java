package dev.warmpath.router.workersim;

/**
 * How one request of a live run ended.
 *
 * @param workerId worker that answered, or that was tried last
 * @param rank its rank
 * @param answered whether the last token came
 * @param attempts how often it was routed, at least 1
 * @param inputTokens tokens in the prompt
 * @param cachedTokens of them, those that needed no computation
 * @param ttftNanos from its arrival to its first token, engine nanoseconds; retries included
 * @param lastError why the last attempt failed; empty when answered
 */
public record LiveRequest(
    String workerId,
    int rank,
    boolean answered,
    int attempts,
    int inputTokens,
    int cachedTokens,
    long ttftNanos,
    String lastError) {}
