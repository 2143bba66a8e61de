package dev.warmpath.indexer.ingest;

/** Says once a period that it is due, the first time at once. One thread at a time. */
final class Interval {
  private final long periodNanos;
  private boolean started;
  private long lastNanos;

  Interval(long periodNanos) {
    this.periodNanos = periodNanos;
  }

  boolean isDue(long nowNanos) {
    if (started && nowNanos - lastNanos < periodNanos) {
      return false;
    }
    restart(nowNanos);
    return true;
  }

  /** The period begins now. */
  void restart(long nowNanos) {
    started = true;
    lastNanos = nowNanos;
  }
}
