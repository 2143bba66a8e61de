package dev.warmpath.router.replay.report;

/** A run in equal spans of time, and how long requests were somewhere in each. */
record Spans(long startNanos, long endNanos, int count) {
  private double spanNanos() {
    return (double) Math.max(1, endNanos - startNanos) / count;
  }

  /** The span of an instant. */
  int of(long nanos) {
    return Math.clamp((int) ((nanos - startNanos) / spanNanos()), 0, count - 1);
  }

  /**
   * A request was there from one instant to another: adds to each span the share of it in which it
   * was, so that the sum over requests is how many were there on average.
   */
  void add(double[] sums, long fromNanos, long toNanos) {
    double from = Math.max(0, (fromNanos - startNanos) / spanNanos());
    double to = Math.min(count, (toNanos - startNanos) / spanNanos());
    for (int span = (int) from; span < to; span++) {
      sums[span] += Math.min(to, span + 1.0) - Math.max(from, span);
    }
  }
}
