package dev.warmpath.router.route;

import java.util.ArrayList;
import java.util.List;

/**
 * How loaded a target may be and still get a request. Immutable.
 *
 * @param maxKvShare most of a rank's KV blocks in use, as a share; above 0, {@link #UNLIMITED} for
 *     no limit
 * @param maxQueuedPrefillTokens most prompt tokens that wait on a rank, 0 or more; {@link
 *     Long#MAX_VALUE} for no limit
 * @param maxQueuedPrefillSteps the same in steps of {@code max_batch_tokens}; above 0, {@link
 *     #UNLIMITED} for no limit
 * @param maxBatchShare requests on a rank from which it gets no more, as a share of {@code
 *     max_batch_requests}; above 0, {@link #UNLIMITED} for no limit
 */
public record LoadLimits(
    double maxKvShare,
    long maxQueuedPrefillTokens,
    double maxQueuedPrefillSteps,
    double maxBatchShare) {
  /** No limit. */
  public static final double UNLIMITED = Double.POSITIVE_INFINITY;

  /** Any load will do. */
  public static final LoadLimits NONE =
      new LoadLimits(UNLIMITED, Long.MAX_VALUE, UNLIMITED, UNLIMITED);

  public LoadLimits {
    checkAboveZero("max_kv_share", maxKvShare);
    checkAboveZero("max_queued_prefill_steps", maxQueuedPrefillSteps);
    checkAboveZero("max_batch_share", maxBatchShare);
    if (maxQueuedPrefillTokens < 0) {
      throw new IllegalArgumentException(
          "max_queued_prefill_tokens must be 0 or more: " + maxQueuedPrefillTokens);
    }
  }

  List<Filter> filters() {
    List<Filter> filters = new ArrayList<>();
    if (maxKvShare < UNLIMITED) {
      filters.add(new Filter.KvBlocks(maxKvShare));
    }
    if (maxQueuedPrefillTokens < Long.MAX_VALUE) {
      filters.add(new Filter.QueuedPrefill(maxQueuedPrefillTokens));
    }
    if (maxQueuedPrefillSteps < UNLIMITED) {
      filters.add(new Filter.QueuedPrefillSteps(maxQueuedPrefillSteps));
    }
    if (maxBatchShare < UNLIMITED) {
      filters.add(new Filter.BatchRequests(maxBatchShare));
    }
    return filters;
  }

  private static void checkAboveZero(String field, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException("%s must be above 0: %s".formatted(field, value));
    }
  }
}
