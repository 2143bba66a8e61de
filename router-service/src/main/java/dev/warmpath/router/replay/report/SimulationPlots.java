package dev.warmpath.router.replay.report;

import dev.warmpath.router.replay.report.SvgPlot.Line;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** The main charts of a {@link SimulationReport} as SVG, for a paper. */
public final class SimulationPlots {
  /** The names of all files that there can be. */
  public static final List<String> FILES =
      List.of(
          "ttft.svg",
          "tpot.svg",
          "e2e.svg",
          "causes.svg",
          "backlog.svg",
          "hit-rate.svg",
          "throughput-ttft.svg",
          "throughput-tpot.svg");

  private final SimulationReport report;
  private final List<RunCharts> charts;
  private final MeasuredTable measured;
  private final SequencedMap<String, String> files = new LinkedHashMap<>();

  private SimulationPlots(SimulationReport report, List<RunCharts> charts, MeasuredTable measured) {
    this.report = report;
    this.charts = charts;
    this.measured = measured;
  }

  /**
   * Each chart by the name of its file, one of {@link #FILES}. Charts that would be empty are left
   * out.
   *
   * @param charts of the first runs of the report
   * @param measured what to compare a closed loop with
   */
  public static SequencedMap<String, String> svg(
      SimulationReport report, List<RunCharts> charts, MeasuredTable measured) {
    SimulationPlots plots = new SimulationPlots(report, charts, measured);
    plots.distribution("ttft", "Time to first token", RunCharts::ttftMs);
    plots.distribution("tpot", "Time per output token", RunCharts::tpotMs);
    plots.distribution("e2e", "End-to-end latency", RunCharts::e2eMs);
    plots.causes();
    plots.overTime("backlog", "Requests not yet answered", "requests", RunCharts::inSystem, 1);
    plots.overTime("hit-rate", "Block hit rate", "% of blocks", RunCharts::hitRate, 100);
    plots.throughput(
        "throughput-ttft", "Mean TTFT", run -> run.ttft().mean(), MeasuredRow::ttftMeanMs);
    plots.throughput(
        "throughput-tpot", "Mean TPOT", run -> run.tpot().mean(), MeasuredRow::tpotMeanMs);
    return plots.files;
  }

  private static String name(RunSummary run) {
    return run.concurrency() > 0 ? run.policy() + " c=" + run.concurrency() : run.policy();
  }

  private void lines(
      String name, String title, String xTitle, String yTitle, boolean mayBeLog, List<Line> lines) {
    if (!lines.isEmpty()) {
      files.put(name + ".svg", SvgPlot.lines(title, xTitle, yTitle, mayBeLog, lines));
    }
  }

  private void distribution(String name, String title, Function<RunCharts, double[]> figure) {
    double[] shares =
        IntStream.rangeClosed(0, RunCharts.QUANTILES)
            .mapToDouble(i -> 100.0 * i / RunCharts.QUANTILES)
            .toArray();
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < charts.size(); i++) {
      double[] quantiles = figure.apply(charts.get(i));
      if (quantiles.length > 0) {
        lines.add(new Line(name(report.runs().get(i)), quantiles, shares, false));
      }
    }
    lines(name, title, "ms", "% of requests", true, lines);
  }

  private void overTime(
      String name, String title, String unit, Function<RunCharts, double[]> figure, double factor) {
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < charts.size(); i++) {
      RunSummary run = report.runs().get(i);
      double[] values =
          Arrays.stream(figure.apply(charts.get(i)))
              .map(value -> value == RunCharts.NONE ? Double.NaN : value * factor)
              .toArray();
      double[] seconds =
          IntStream.range(0, values.length)
              .mapToDouble(span -> (span + 0.5) * run.seconds() / values.length)
              .toArray();
      if (Arrays.stream(values).anyMatch(value -> value > 0)) {
        lines.add(new Line(name(run), seconds, values, false));
      }
    }
    lines(name, title, "s", unit, false, lines);
  }

  private void causes() {
    double[][] values =
        report.runs().stream()
            .map(RunSummary::parts)
            .map(parts ->
                new double[] {
                  parts.queue(),
                  parts.prefill(),
                  parts.transfer(),
                  parts.firstStep(),
                  parts.frontend()
                })
            .toArray(double[][]::new);
    List<String> names =
        List.of("waiting for prefill", "prefill", "KV transfer", "first decode step", "frontend");
    List<String> rows = report.runs().stream().map(SimulationPlots::name).toList();
    files.put("causes.svg", SvgPlot.bars("Mean TTFT by cause", "ms", rows, names, values));
  }

  private void throughput(
      String name,
      String title,
      ToDoubleFunction<RunSummary> latency,
      ToDoubleFunction<MeasuredRow> measuredLatency) {
    List<RunSummary> loops = report.runs().stream().filter(run -> run.concurrency() > 0).toList();
    List<Line> lines = new ArrayList<>();
    for (String policy : loops.stream().map(RunSummary::policy).distinct().toList()) {
      List<RunSummary> runs = loops.stream().filter(run -> run.policy().equals(policy)).toList();
      lines.add(
          new Line(
              policy,
              runs.stream().mapToDouble(RunSummary::requestsPerSecond).toArray(),
              runs.stream().mapToDouble(latency).toArray(),
              false));
    }
    if (!lines.isEmpty() && !measured.rows().isEmpty()) {
      List<MeasuredRow> rows =
          measured.rows().stream().filter(row -> !Double.isNaN(row.requestsPerSecond())).toList();
      lines.add(
          new Line(
              "measured",
              rows.stream().mapToDouble(MeasuredRow::requestsPerSecond).toArray(),
              rows.stream().mapToDouble(measuredLatency).toArray(),
              true));
    }
    lines(name, title + " against throughput", "req/s", "ms", false, lines);
  }
}
