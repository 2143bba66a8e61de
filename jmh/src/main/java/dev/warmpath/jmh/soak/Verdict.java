package dev.warmpath.jmh.soak;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Whether a phase ended as it began: medians of its first tenth against those of its last.
 *
 * @param heap last over first, of the heap after collection per held block
 * @param runs last over first, of runs per distinct block
 * @param p99 last over first, of the lookup's 99th percentile
 * @param apply last over first, of the CPU time per block
 * @param wrong overlaps that were not what the target held, in the whole phase
 */
record Verdict(double heap, double runs, double p99, double apply, long wrong) {
  /** What a size may grow by and still be flat. */
  private static final double FLAT_SIZE = 1.05;

  /** What a time may grow by: a shared machine moves it by as much from minute to minute. */
  private static final double FLAT_TIME = 1.3;

  static Verdict of(List<Interval> intervals) {
    return new Verdict(
        ratio(intervals, interval -> (double) interval.heapBytes() / interval.heldBlocks()),
        ratio(intervals, interval -> 1 / interval.blocksPerRun()),
        ratio(intervals, Interval::lookupP99),
        ratio(intervals, Interval::applyNanosPerBlock),
        intervals.stream().mapToLong(Interval::wrong).sum());
  }

  private static double ratio(List<Interval> intervals, ToDoubleFunction<Interval> figure) {
    int tenth = Math.max(1, intervals.size() / 10);
    double first = median(intervals.subList(0, tenth), figure);
    double last = median(intervals.subList(intervals.size() - tenth, intervals.size()), figure);
    return last / first;
  }

  private static double median(List<Interval> intervals, ToDoubleFunction<Interval> figure) {
    double[] sorted = intervals.stream().mapToDouble(figure).toArray();
    Arrays.sort(sorted);
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  boolean memoryIsFlat() {
    return heap <= FLAT_SIZE && runs <= FLAT_SIZE;
  }

  boolean latencyIsFlat() {
    return p99 <= FLAT_TIME;
  }

  boolean holds() {
    return memoryIsFlat() && latencyIsFlat() && wrong == 0;
  }

  String line() {
    return ("%s: last tenth over first: heap a held block %.3f, runs a block %.3f,"
            + " p99 %.2f, apply %.2f; wrong overlaps %d")
        .formatted(holds() ? "FLAT" : "NOT FLAT", heap, runs, p99, apply, wrong);
  }

  ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("heap_ratio", heap)
        .put("runs_ratio", runs)
        .put("p99_ratio", p99)
        .put("apply_ratio", apply)
        .put("memory_is_flat", memoryIsFlat())
        .put("p99_is_flat", latencyIsFlat())
        .put("wrong", wrong)
        .put("holds", holds());
  }
}
