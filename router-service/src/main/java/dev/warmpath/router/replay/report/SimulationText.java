package dev.warmpath.router.replay.report;

import java.util.Locale;

/**
 * A {@link SimulationReport} for people: the block that benchmarks of serving print, and a verdict.
 */
public final class SimulationText {
  private static final int WIDTH = 50;

  private SimulationText() {}

  /** A page of text. */
  public static String text(SimulationReport report) {
    StringBuilder out = new StringBuilder();
    out.append("engine       ").append(report.deployment().engine().name()).append('\n');
    out.append("calibration  ").append(report.calibration().source()).append('\n');
    out.append("error        ").append(report.calibration().holdOut()).append('\n');
    out.append("load         ").append(report.load()).append('\n');
    if (report.badLines() > 0) {
      out.append("bad lines    ").append(whole(report.badLines())).append(" left out\n");
    }
    for (RunSummary run : report.runs()) {
      out.append('\n');
      block(out, report, run);
    }
    return out.toString();
  }

  private static void block(StringBuilder out, SimulationReport report, RunSummary run) {
    rule(out, "Serving Benchmark Result (simulated)", '=');
    row(out, "Policy:", run.policy());
    if (run.concurrency() > 0) {
      row(out, "Concurrency:", whole(run.concurrency()));
    }
    row(out, "Successful requests:", whole(run.requests() - run.refused()));
    if (run.refused() > 0) {
      row(out, "Refused requests:", whole(run.refused()));
    }
    refusals(out, run.refusals());
    if (run.routerWait().requests() > 0) {
      row(out, "Waited at the router:", whole(run.routerWait().requests()));
      row(out, "Mean wait there (ms):", twoDigits(run.routerWait().meanMillis()));
      row(out, "Longest wait there (ms):", twoDigits(run.routerWait().maxMillis()));
    }
    if (run.restarts() > 0) {
      row(out, "Restarts after failures:", whole(run.restarts()));
    }
    if (report.deployment().rules().disaggregation().decodeMayPrefill()) {
      row(out, "Local prefills:", whole(run.localPrefills()));
    }
    if (run.preemptions() > 0) {
      row(out, "Preemptions:", whole(run.preemptions()));
    }
    row(out, "Benchmark duration (s):", twoDigits(run.seconds()));
    row(out, "Request throughput (req/s):", twoDigits(run.requestsPerSecond()));
    row(out, "Output token throughput (tok/s):", twoDigits(run.outputTokensPerSecond()));
    row(out, "Total Token throughput (tok/s):", twoDigits(run.totalTokensPerSecond()));
    if (report.deployment().sla().isGiven()) {
      row(out, "Goodput (req/s):", twoDigits(run.goodRequestsPerSecond()));
    }
    distribution(out, "Time to First Token", "TTFT", run.ttft());
    distribution(out, "Time per Output Token (excl. 1st token)", "TPOT", run.tpot());
    distribution(out, "Inter-token Latency", "ITL", run.itl());
    distribution(out, "End-to-end Latency", "E2EL", run.e2e());
    rule(out, "", '=');
    for (String sentence : Judgement.of(run)) {
      out.append(sentence).append('\n');
    }
  }

  /** Why, where limits of load were the reason. */
  private static void refusals(StringBuilder out, RunSummary.Refusals refusals) {
    if (refusals.overloaded() > 0) {
      row(out, "  every target beyond its limits:", whole(refusals.overloaded()));
    }
    if (refusals.queueFull() > 0) {
      row(out, "  no room to wait at the router:", whole(refusals.queueFull()));
    }
    if (refusals.waitedTooLong() > 0) {
      row(out, "  waited too long at the router:", whole(refusals.waitedTooLong()));
    }
  }

  private static void distribution(
      StringBuilder out, String title, String name, Distribution figures) {
    rule(out, title, '-');
    row(out, "Mean " + name + " (ms):", twoDigits(figures.mean()));
    row(out, "Median " + name + " (ms):", twoDigits(figures.p50()));
    row(out, "P99 " + name + " (ms):", twoDigits(figures.p99()));
  }

  private static void rule(StringBuilder out, String title, char fill) {
    String text = title.isEmpty() ? "" : " " + title + " ";
    String side = String.valueOf(fill);
    int left = Math.max(0, (WIDTH - text.length()) / 2);
    int right = Math.max(0, WIDTH - text.length() - left);
    out.append(side.repeat(left)).append(text).append(side.repeat(right)).append('\n');
  }

  private static void row(StringBuilder out, String label, String value) {
    int gap = Math.max(1, WIDTH - label.length() - value.length());
    out.append(label).append(" ".repeat(gap)).append(value).append('\n');
  }

  private static String twoDigits(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  private static String whole(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }
}
