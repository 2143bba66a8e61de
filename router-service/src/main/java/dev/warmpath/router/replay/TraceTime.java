package dev.warmpath.router.replay;

/** The clock of a trace of several files, each with a clock of its own. */
public final class TraceTime {
  /** Latest instant, about 253 years: a run that goes on after it still fits a long. */
  static final long MAX_NANOS = 8_000_000_000_000_000_000L;

  private static final double NANOS_PER_SECOND = 1e9;

  private TraceTime() {}

  /**
   * The instant of a request by the clock of the trace.
   *
   * @param offsetNanos from the clock of the trace to that of the file, 0 to {@link #MAX_NANOS}
   * @param timestampNanos by the clock of the file, from 0 on
   * @throws IllegalArgumentException naming both when it is too late
   */
  public static long instant(long offsetNanos, long timestampNanos) {
    if (timestampNanos > MAX_NANOS - offsetNanos) {
      throw new IllegalArgumentException(
          "timestamp %s s is too late: behind %s s of the files before it, a trace has %s s"
              .formatted(seconds(timestampNanos), seconds(offsetNanos), seconds(MAX_NANOS)));
    }
    return offsetNanos + timestampNanos;
  }

  private static double seconds(long nanos) {
    return nanos / NANOS_PER_SECOND;
  }
}
