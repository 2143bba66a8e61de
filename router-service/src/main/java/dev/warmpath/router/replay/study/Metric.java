package dev.warmpath.router.replay.study;

import dev.warmpath.router.replay.report.Distribution;
import dev.warmpath.router.replay.report.RunSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * A figure of a run by its name, {@code ttft_p99} for one.
 *
 * @param name its name, without unit
 * @param unit of the figure: {@code ms}, {@code 1/s}, or {@code share} from 0 to 1
 * @param of takes it from a run
 */
public record Metric(String name, String unit, ToDoubleFunction<RunSummary> of) {
  /** Latencies: {@code ttft}, {@code tpot}, {@code itl}, {@code e2e}, each mean to max, in ms. */
  public static final List<Metric> LATENCIES = latencies();

  /** All metrics, in the order of reports. */
  public static final List<Metric> ALL = all();

  /**
   * The metric of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Metric named(String name) {
    return ALL.stream()
        .filter(metric -> metric.name.equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "'%s' is no metric: choose from %s"
                    .formatted(name, String.join(", ", ALL.stream().map(Metric::name).toList()))));
  }

  /** Name with the unit of a time, as JSON has it. */
  public String key() {
    return unit.equals("ms") ? name + "_ms" : name;
  }

  private static List<Metric> latencies() {
    List<Metric> metrics = new ArrayList<>();
    add(metrics, "ttft", RunSummary::ttft);
    add(metrics, "tpot", RunSummary::tpot);
    add(metrics, "itl", RunSummary::itl);
    add(metrics, "e2e", RunSummary::e2e);
    return List.copyOf(metrics);
  }

  private static void add(
      List<Metric> metrics, String name, Function<RunSummary, Distribution> figures) {
    metrics.add(latency(name + "_mean", run -> figures.apply(run).mean()));
    metrics.add(latency(name + "_p50", run -> figures.apply(run).p50()));
    metrics.add(latency(name + "_p90", run -> figures.apply(run).p90()));
    metrics.add(latency(name + "_p95", run -> figures.apply(run).p95()));
    metrics.add(latency(name + "_p99", run -> figures.apply(run).p99()));
    metrics.add(latency(name + "_max", run -> figures.apply(run).max()));
  }

  private static Metric latency(String name, ToDoubleFunction<RunSummary> of) {
    return new Metric(name, "ms", of);
  }

  private static List<Metric> all() {
    List<Metric> metrics = new ArrayList<>();
    metrics.add(new Metric("requests_per_s", "1/s", RunSummary::requestsPerSecond));
    metrics.add(new Metric("output_tokens_per_s", "1/s", RunSummary::outputTokensPerSecond));
    metrics.add(new Metric("total_tokens_per_s", "1/s", RunSummary::totalTokensPerSecond));
    metrics.addAll(LATENCIES);
    metrics.add(new Metric("block_hit_rate", "share", run -> run.hits().blocks()));
    metrics.add(new Metric("token_hit_rate", "share", run -> run.hits().tokens()));
    metrics.add(new Metric("refused_share", "share", RunSummary::refusedShare));
    return List.copyOf(metrics);
  }
}
