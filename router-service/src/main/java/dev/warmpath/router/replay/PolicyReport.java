package dev.warmpath.router.replay;

/**
 * What one policy reached on a trace.
 *
 * @param policy its name
 * @param blockHitRate prompt blocks found in the target's cache when their prefill started, of all
 *     prompt blocks; 0 to 1
 * @param tokenHitRate the same in tokens
 * @param ttftMs from arrival to first token
 * @param busiestOverMean prompt tokens computed by the busiest target over the mean of all targets
 */
public record PolicyReport(
    String policy,
    double blockHitRate,
    double tokenHitRate,
    LatencySummary ttftMs,
    double busiestOverMean) {}
