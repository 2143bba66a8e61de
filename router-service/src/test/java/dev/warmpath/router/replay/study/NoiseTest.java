package dev.warmpath.router.replay.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.warmpath.router.replay.study.Noise.Interval;
import java.util.ArrayList;
import java.util.Arrays;
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

  /** Of runs that differ by chance alone, at most one in ten is said to differ. */
  @Test
  void chanceAloneIsSeldomTakenForADifference() {
    int means = 0;
    int tails = 0;
    int rounds = 100;
    for (int round = 0; round < rounds; round++) {
      SplittableRandom random = new SplittableRandom(round);
      double[] a = correlated(0.5, random);
      double[] b = correlated(0.5, random);
      Map<String, Interval> noise = Noise.of(run(i -> a[i]), run(i -> b[i]));
      means += differs(noise, "ttft_mean_ms") ? 1 : 0;
      tails += differs(noise, "ttft_p99_ms") ? 1 : 0;
    }
    assertThat(means).isBetween(1, rounds / 10);
    assertThat(tails).isBetween(1, rounds / 10);
  }

  /** Waits that outlast a span say nothing, rather than too much. */
  @Test
  void longQueuesHaveNoInterval() {
    int said = 0;
    int wrong = 0;
    for (int round = 0; round < 50; round++) {
      SplittableRandom random = new SplittableRandom(round);
      double[] a = correlated(0.995, random);
      double[] b = correlated(0.995, random);
      Map<String, Interval> noise = Noise.of(run(i -> a[i]), run(i -> b[i]));
      said += noise.containsKey("ttft_mean_ms") ? 1 : 0;
      wrong += differs(noise, "ttft_mean_ms") ? 1 : 0;
    }
    assertThat(said).isLessThan(20);
    assertThat(wrong).isLessThan(10);
  }

  private static boolean differs(Map<String, Interval> noise, String metric) {
    Interval interval = noise.get(metric);
    return interval != null && interval.isBeyondNoise();
  }

  /** Waits as queues make them: each remembers the one before. */
  private static double[] correlated(double memory, SplittableRandom random) {
    double[] values = new double[REQUESTS];
    double last = 0;
    for (int i = 0; i < REQUESTS; i++) {
      last = memory * last + random.nextDouble();
      values[i] = 100 * last;
    }
    return values;
  }

  @Test
  void whatSlowsEachRequestIsADifferenceThoughRequestsDifferMore() {
    double[] ttft = correlated(0.7, new SplittableRandom(3));

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
      double[] figures = new Noise.Values(values).of(weights);

      assertThat(figures[0])
          .as("seed %d", seed)
          .isCloseTo(
              drawn.stream().mapToDouble(Double::doubleValue).average().orElseThrow(),
              within(1e-9));
      double[] shares = {0.5, 0.9, 0.95, 0.99};
      for (int i = 0; i < shares.length; i++) {
        double place = shares[i] * (drawn.size() - 1);
        double below = drawn.get((int) place);
        double above = drawn.get(Math.min((int) place + 1, drawn.size() - 1));
        assertThat(figures[1 + i])
            .as("seed %d, %s", seed, shares[i])
            .isCloseTo(below + (above - below) * (place - (int) place), within(1e-9));
      }
    }
  }

  @Test
  void whatHasNoValuesHasNoFigures() {
    double[] values = new double[100];
    Arrays.fill(values, 50, 100, Double.NaN);
    int[] onlyTheLastSpan = new int[25];
    onlyTheLastSpan[24] = 25;

    assertThat(new Noise.Values(values).of(onlyTheLastSpan)).containsOnly(Double.NaN);
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
