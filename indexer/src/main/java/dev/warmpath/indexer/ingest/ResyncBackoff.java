package dev.warmpath.indexer.ingest;

/** When a resync request is due: at once, then at doubling intervals. One thread at a time. */
final class ResyncBackoff {
  private final long minNanos;
  private final long maxNanos;
  private boolean running;
  private long dueAtNanos;
  private long waitNanos;

  ResyncBackoff(IngestLimits limits) {
    this.minNanos = limits.resyncRetryMinNanos();
    this.maxNanos = limits.resyncRetryMaxNanos();
  }

  /** Makes a request due now, unless requests are being made already. */
  void start(long nowNanos) {
    if (!running) {
      running = true;
      dueAtNanos = nowNanos;
      waitNanos = minNanos;
    }
  }

  /** Nothing is due any more. */
  void stop() {
    running = false;
  }

  /** Whether a request is due. */
  boolean isDue(long nowNanos) {
    return running && nowNanos - dueAtNanos >= 0;
  }

  /** A request was made, and the next one is due after {@code wait} nanoseconds. */
  void requested(long nowNanos, long wait) {
    dueAtNanos = nowNanos + wait;
  }

  /** A request was made: schedules the next one. */
  void requested(long nowNanos) {
    dueAtNanos = nowNanos + waitNanos;
    waitNanos = Math.min(2 * waitNanos, maxNanos);
  }
}
