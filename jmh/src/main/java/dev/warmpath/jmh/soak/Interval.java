package dev.warmpath.jmh.soak;

import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What was seen in one interval.
 *
 * @param seconds since the phase began, at the end of the interval
 * @param heapBytes in use after a full collection, the simulated targets included
 * @param heldBlocks blocks that targets hold, each counted once a target
 * @param distinctBlocks the same, each counted once
 * @param runs runs that the index keeps them in
 * @param lookups how many lookups were timed
 * @param lookupP50 nanoseconds, the clock included
 * @param lookupP99 nanoseconds, the clock included
 * @param appliedBlocks blocks stored and removed
 * @param applyNanosPerBlock CPU time of the writer
 * @param wrong overlaps that were not what the target held
 * @param restarts of targets, since the phase began
 */
record Interval(
    long seconds,
    long heapBytes,
    long heldBlocks,
    int distinctBlocks,
    int runs,
    long lookups,
    long lookupP50,
    long lookupP99,
    long appliedBlocks,
    double applyNanosPerBlock,
    int wrong,
    int restarts) {

  static final String HEAD =
      "%7s %9s %9s %9s %7s %7s %8s %8s %9s %9s %6s %8s"
          .formatted(
              "seconds",
              "heap MiB",
              "held",
              "distinct",
              "runs",
              "bl/run",
              "p50 ns",
              "p99 ns",
              "blocks/s",
              "ns/block",
              "wrong",
              "restarts");

  double blocksPerRun() {
    return runs == 0 ? 0 : (double) distinctBlocks / runs;
  }

  String line(double intervalSeconds) {
    return "%7d %9.1f %9d %9d %7d %7.1f %8d %8d %9.0f %9.1f %6d %8d"
        .formatted(
            seconds,
            heapBytes / (double) (1 << 20),
            heldBlocks,
            distinctBlocks,
            runs,
            blocksPerRun(),
            lookupP50,
            lookupP99,
            appliedBlocks / intervalSeconds,
            applyNanosPerBlock,
            wrong,
            restarts);
  }

  ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("seconds", seconds)
        .put("heap_bytes", heapBytes)
        .put("held_blocks", heldBlocks)
        .put("distinct_blocks", distinctBlocks)
        .put("runs", runs)
        .put("blocks_per_run", blocksPerRun())
        .put("lookups", lookups)
        .put("lookup_p50_ns", lookupP50)
        .put("lookup_p99_ns", lookupP99)
        .put("applied_blocks", appliedBlocks)
        .put("apply_ns_per_block", applyNanosPerBlock)
        .put("wrong", wrong)
        .put("restarts", restarts);
  }
}
