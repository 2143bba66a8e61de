package dev.warmpath.router.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.warmpath.router.replay.load.WholeTrace;
import dev.warmpath.router.route.Policies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Public traces against an independent simulation of the same model; skipped where they are not.
 */
final class PublishedTracesTest {
  private static final int BLOCK_SIZE = 512;
  private static final int WORKERS = 16;
  private static final int BLOCKS = 5_000;
  private static final int SEEDS = 8;

  @Test
  void conversation() throws IOException {
    Trace trace = read("mooncake_fast25_conversation.jsonl.gz");
    Ceilings ceilings = Ceilings.of(trace, (long) WORKERS * BLOCKS);

    assertThat(ceilings.endless()).isCloseTo(0.366, within(0.002));
    assertThat(ceilings.pooledLru()).isCloseTo(0.361, within(0.002));
    PolicyReport turns = replay(trace, Policies.ROUND_ROBIN, 1);
    assertThat(turns.blockHitRate()).isCloseTo(0.092, within(0.001));
    assertThat(turns.ttftMs().mean()).isCloseTo(18_320, within(50.0));
    assertThat(turns.ttftMs().p99()).isCloseTo(97_500, within(200.0));
    assertThat(turns.busiestOverMean()).isCloseTo(1.12, within(0.01));
    assertThat(meanBlockHitRateOfKv(trace)).isGreaterThanOrEqualTo(0.22);
  }

  @Test
  void synthetic() throws IOException {
    Trace trace = read("mooncake_fast25_synthetic.jsonl.gz");

    assertThat(Ceilings.of(trace, 1).endless()).isCloseTo(0.640, within(0.002));
    PolicyReport turns = replay(trace, Policies.ROUND_ROBIN, 1);
    assertThat(turns.blockHitRate()).isCloseTo(0.131, within(0.001));
    assertThat(turns.ttftMs().mean()).isCloseTo(11_200, within(50.0));
    assertThat(meanBlockHitRateOfKv(trace)).isGreaterThanOrEqualTo(0.52);
  }

  /** Chance among equals alone moves a run by 0.01. */
  private static double meanBlockHitRateOfKv(Trace trace) {
    return LongStream.rangeClosed(1, SEEDS)
        .mapToDouble(seed -> replay(trace, Policies.KV, seed).blockHitRate())
        .average()
        .orElseThrow();
  }

  private static PolicyReport replay(Trace trace, Policies policy, long seed) {
    double rate = ReplayOptions.prefillRate(trace, WORKERS, 0.9);
    EngineSpeed speed =
        new EngineSpeed(rate, Duration.ofMillis(20).toNanos(), EngineSpeed.UNLIMITED);
    ReplayOptions options = new ReplayOptions(WORKERS, 1, BLOCKS, speed, seed);
    return new PolicyReplay(trace, options, policy).run(_ -> {});
  }

  private static Trace read(String name) throws IOException {
    Path file = Path.of("..", "..", "shared", "traces", name);
    assumeTrue(Files.isReadable(file), () -> file + " is not there");
    return WholeTrace.read(List.of(file), BLOCK_SIZE, false).trace();
  }
}
