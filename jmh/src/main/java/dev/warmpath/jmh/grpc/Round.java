package dev.warmpath.jmh.grpc;

import dev.warmpath.jmh.grpc.OpenLoop.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.function.ToDoubleFunction;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One stretch of calls at one rate.
 *
 * @param answered calls that were answered
 * @param failed calls that were not
 * @param leftOut calls that were not made
 * @param p50Us half were answered within, microseconds
 * @param p99Us 99 % were answered within, microseconds
 * @param maxUs all were answered within, microseconds
 * @param serverCpuUs processor time of the server, microseconds a call
 */
record Round(
    long answered,
    long failed,
    long leftOut,
    double p50Us,
    double p99Us,
    double maxUs,
    double serverCpuUs) {
  private static final double NANOS_PER_MICRO = 1e3;

  static Round of(Outcome outcome, Duration serverCpu) {
    long answered = outcome.nanos().getTotalCount();
    return new Round(
        answered,
        outcome.failed(),
        outcome.leftOut(),
        outcome.nanos().getValueAtPercentile(50) / NANOS_PER_MICRO,
        outcome.nanos().getValueAtPercentile(99) / NANOS_PER_MICRO,
        outcome.nanos().getMaxValue() / NANOS_PER_MICRO,
        serverCpu.toNanos() / NANOS_PER_MICRO / Math.max(1, answered));
  }

  static double median(List<Round> rounds, ToDoubleFunction<Round> figure) {
    return median(rounds.stream().mapToDouble(figure).toArray());
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    java.util.Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("answered", answered)
        .put("failed", failed)
        .put("left_out", leftOut)
        .put("p50_us", p50Us)
        .put("p99_us", p99Us)
        .put("max_us", maxUs)
        .put("server_cpu_us", serverCpuUs);
  }
}
