package dev.warmpath.router.app;

import dev.warmpath.router.workersim.LiveReport;
import java.util.Locale;

/** A live run as a person reads it. */
final class LiveReportText {
  private LiveReportText() {}

  static String render(LiveReport report) {
    return String.format(
        Locale.ROOT,
        "%,d of %,d requests answered, %,d of them after a retry%n"
            + "token hit %.1f %%, TTFT mean %,.0f ms, p50 %,.0f ms, p99 %,.0f ms (engine time)%n",
        report.answered(),
        report.requests().size(),
        report.retried(),
        report.tokenHitRate() * 100,
        report.meanTtftMs(),
        report.ttftMs(50),
        report.ttftMs(99));
  }
}
