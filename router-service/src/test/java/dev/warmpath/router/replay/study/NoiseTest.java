package dev.warmpath.router.replay.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.warmpath.router.replay.study.Noise.Interval;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class NoiseTest {
  private static final int REQUESTS = 1_000;

  @Test
  void aRunDoesNotDifferFromItself() {
    SplittableRandom random = new SplittableRandom(1);
    double[] ttft = random.doubles(REQUESTS, 10, 900).toArray();

    Map<String, Interval> noise = Noise.of(run(i -> ttft[i]), run(i -> ttft[i]));

    assertThat(noise).containsKeys("ttft_mean_ms", "ttft_p99_ms", "e2e_p50_ms", "block_hit_rate");
    assertThat(noise).doesNotContainKeys("ttft_max_ms", "requests_per_s", "token_hit_rate");
    assertThat(noise.values()).containsOnly(new Interval(0, 0));
    assertThat(of(noise, "ttft_mean_ms").isBeyondNoise()).isFalse();
  }

  /** Of runs that differ by chance alone, about one in twenty is said to differ. */
  @Test
  void chanceAloneIsSeldomTakenForADifference() {
    int means = 0;
    int tails = 0;
    int rounds = 200;
    for (int round = 0; round < rounds; round++) {
      SplittableRandom random = new SplittableRandom(round);
      double[] a = correlated(random);
      double[] b = correlated(random);
      Map<String, Interval> noise = Noise.of(run(i -> a[i]), run(i -> b[i]));
      means += of(noise, "ttft_mean_ms").isBeyondNoise() ? 1 : 0;
      tails += of(noise, "ttft_p99_ms").isBeyondNoise() ? 1 : 0;
    }
    assertThat(means).isBetween(1, rounds / 8);
    assertThat(tails).isLessThan(rounds / 5);
  }

  /** Waits as queues make them: each remembers the one before. */
  private static double[] correlated(SplittableRandom random) {
    double[] values = new double[REQUESTS];
    double last = 0;
    for (int i = 0; i < REQUESTS; i++) {
      last = 0.7 * last + random.nextDouble();
      values[i] = 100 * last;
    }
    return values;
  }

  @Test
  void whatSlowsEachRequestIsADifferenceThoughRequestsDifferMore() {
    double[] ttft = correlated(new SplittableRandom(3));

    Map<String, Interval> noise = Noise.of(run(i -> ttft[i]), run(i -> 1.02 * ttft[i]));

    assertThat(of(noise, "ttft_mean_ms").lowPercent()).isCloseTo(2, within(1e-9));
    assertThat(of(noise, "ttft_mean_ms").highPercent()).isCloseTo(2, within(1e-9));
    assertThat(of(noise, "ttft_p99_ms").isBeyondNoise()).isTrue();
    assertThat(of(noise, "tpot_mean_ms").isBeyondNoise()).isFalse();
  }

  @Test
  void fewRequestsSayNothing() {
    assertThat(Noise.of(run(99, i -> i), run(99, i -> i))).isEmpty();
  }

  /** A span that is drawn three times counts as if its requests were there three times. */
  @Test
  void quantilesAreThoseOfWhatWasDrawn() {
    for (long seed = 1; seed <= 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      double[] values = random.doubles(100 + random.nextInt(400), 0, 50).toArray();
      values[random.nextInt(values.length)] = Double.NaN;
      int[] weights = IntStream.range(0, 25).map(_ -> random.nextInt(4)).toArray();
      List<Double> drawn = new ArrayList<>();
      for (int i = 0; i < values.length; i++) {
        if (!Double.isNaN(values[i])) {
          drawn.addAll(Collections.nCopies(weights[i * 25 / values.length], values[i]));
        }
      }
      Collections.sort(drawn);
      double share = random.nextDouble();
      double place = share * (drawn.size() - 1);
      double below = drawn.get((int) place);
      double above = drawn.get(Math.min((int) place + 1, drawn.size() - 1));
      Noise.Values sorted = new Noise.Values(values);

      assertThat(sorted.quantile(weights, share))
          .as("seed %d", seed)
          .isCloseTo(below + (above - below) * (place - (int) place), within(1e-9));
      assertThat(sorted.mean(weights))
          .as("seed %d", seed)
          .isCloseTo(
              drawn.stream().mapToDouble(Double::doubleValue).average().orElseThrow(),
              within(1e-9));
    }
  }

  @Test
  void refusedRequestsHaveNoLatency() {
    String refused = "{\"policy\":\"kv\",\"status\":\"OVERLOADED\",\"input_tokens\":5}\n";
    RequestFigures figures =
        RequestFigures.read("r", refused.repeat(3).lines().iterator()).getFirst();

    assertThat(figures.latency("ttft")).containsOnly(Double.NaN);
  }

  @Test
  void saysWhichLineIsNoRequest() {
    assertThatThrownBy(() -> RequestFigures.read("r", "{\"status\":\"OK\"}\n{".lines().iterator()))
        .hasMessageStartingWith("r:2: not JSON");
    assertThatThrownBy(() -> RequestFigures.read("r", "{\"policy\":\"kv\"}".lines().iterator()))
        .hasMessage("r:1: is no request of a replay");
  }

  private static Interval of(Map<String, Interval> noise, String metric) {
    return Objects.requireNonNull(noise.get(metric), metric);
  }

  private static RequestFigures run(IntToDoubleFunction ttft) {
    return run(REQUESTS, ttft);
  }

  private static RequestFigures run(int requests, IntToDoubleFunction ttft) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < requests; i++) {
      lines
          .append("{\"policy\":\"kv\",\"status\":\"OK\",\"input_tokens\":")
          .append(100 + i % 7)
          .append(",\"output_tokens\":20,\"blocks\":10,\"cached_blocks\":")
          .append(i % 10)
          .append(",\"ttft_ms\":")
          .append(ttft.applyAsDouble(i))
          .append(",\"tpot_ms\":20,\"e2e_ms\":")
          .append(ttft.applyAsDouble(i) + 400)
          .append("}\n");
    }
    return RequestFigures.read("r", lines.toString().lines().iterator()).getFirst();
  }
}
