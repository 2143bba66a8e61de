package dev.warmpath.jmh.policies;

import dev.warmpath.router.replay.PolicyReport;
import dev.warmpath.router.replay.ReplayOptions;
import java.util.Locale;

/** What one policy reached in one setting. */
record Row(Setting setting, PolicyReport report) {
  String policy() {
    return report.policy();
  }

  double mean() {
    return report.ttftMs().mean();
  }

  double p99() {
    return report.ttftMs().p99();
  }

  double hitRate() {
    return report.blockHitRate();
  }

  /** As seconds, mean and 99th percentile, and the hit rate in percent. */
  String text() {
    return String.format(
        Locale.ROOT, "%.2f / %.1f / %.1f", mean() / 1_000, p99() / 1_000, hitRate() * 100);
  }

  String json() {
    return String.format(
        Locale.ROOT,
        "{\"trace\":\"%s\",\"load\":%s,\"workers\":%d,\"blocks\":%s,\"fault\":\"%s\","
            + "\"policy\":\"%s\",\"block_hit_rate\":%.4f,"
            + "\"ttft_ms\":{\"mean\":%.1f,\"p50\":%.1f,\"p99\":%.1f}}",
        setting.trace(),
        setting.load(),
        setting.workers(),
        setting.blocks() == ReplayOptions.ENDLESS
            ? "\"endless\""
            : Integer.toString(setting.blocks()),
        setting.fault(),
        policy(),
        hitRate(),
        mean(),
        report.ttftMs().p50(),
        p99());
  }
}
