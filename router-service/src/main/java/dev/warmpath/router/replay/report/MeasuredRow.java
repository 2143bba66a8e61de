package dev.warmpath.router.replay.report;

/**
 * What was measured at one concurrency of a closed loop. Latencies are milliseconds; {@code NaN}
 * where a figure is not known.
 *
 * @param concurrency clients
 * @param requestsPerSecond answered
 * @param ttftMeanMs mean time to first token
 * @param ttftP99Ms its 99th percentile
 * @param tpotMeanMs mean time per output token
 * @param tpotP99Ms its 99th percentile
 * @param e2eMeanMs mean time to the last token
 * @param e2eP99Ms its 99th percentile
 */
public record MeasuredRow(
    int concurrency,
    double requestsPerSecond,
    double ttftMeanMs,
    double ttftP99Ms,
    double tpotMeanMs,
    double tpotP99Ms,
    double e2eMeanMs,
    double e2eP99Ms) {}
