package dev.warmpath.router.replay.study;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.router.replay.report.Distribution;
import dev.warmpath.router.replay.report.RunSummary;
import dev.warmpath.router.replay.report.RunSummary.Hits;
import dev.warmpath.router.replay.report.RunSummary.Refusals;
import dev.warmpath.router.replay.report.RunSummary.RouterWait;
import dev.warmpath.router.replay.report.RunSummary.TtftParts;
import dev.warmpath.router.replay.study.LatencyLimits.Miss;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LatencyLimitsTest {
  private static final LatencyLimits LIMITS = LatencyLimits.parse("--sla", List.of("ttft_p99=5ms"));

  @ParameterizedTest
  @CsvSource({
    "1, 8, refused 12.50 %",
    "1, 10000, refused 0.01 %",
    "1, 20000, refused 0.01 %",
    "1, 20001, 'refused 1 of 20,001'",
    "3, 1000000, 'refused 3 of 1,000,000'",
  })
  void whoIsRefusedNeverReadsAsNobody(int refused, int requests, String text) {
    assertThat(LIMITS.misses(run(refused, requests))).extracting(Miss::text).containsExactly(text);
  }

  private static RunSummary run(int refused, int requests) {
    Distribution latency = new Distribution(1, 1, 1, 1, 1, 1);
    return new RunSummary(
        "kv",
        0,
        requests,
        new Refusals(0, refused, 0, 0),
        new RouterWait(0, 0, 0),
        0,
        0,
        0,
        1,
        1,
        1,
        1,
        1,
        latency,
        latency,
        latency,
        latency,
        new TtftParts(0, 1, 0, 0, 0),
        new Hits(0, 0, 0, 0, 0),
        false,
        List.of(),
        0);
  }
}
