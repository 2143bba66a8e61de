package dev.warmpath.router.fleet;

/**
 * What a worker said of the load of one of its ranks. Requests of every origin count.
 *
 * @param running requests in prefill or decode
 * @param waiting requests that wait to be computed
 * @param kvBlocksUsed KV blocks that running requests hold
 * @param queuedPrefillTokens prompt tokens that are left to compute; {@link #UNKNOWN} when the
 *     worker does not say
 * @param sentNanos when the worker looked, by its own clock
 */
public record LoadReport(
    long running, long waiting, long kvBlocksUsed, long queuedPrefillTokens, long sentNanos) {
  /** Stands for a figure that was not reported. */
  public static final long UNKNOWN = -1;

  /** Requests that wait or run. */
  public long requests() {
    return running + waiting;
  }
}
