package dev.warmpath.router.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplingTest {
  private static final int DRAWS = 200_000;

  @ParameterizedTest
  @CsvSource({"0.5, 0.736, 0.100, 0.164", "1, 0.543, 0.200, 0.257"})
  void theChancesAreThoseOfThePublishedExample(double temperature, double a, double b, double c) {
    double[] shares = shares(temperature, 72, 80, 78);
    assertThat(shares[0]).isCloseTo(a, within(0.005));
    assertThat(shares[1]).isCloseTo(b, within(0.005));
    assertThat(shares[2]).isCloseTo(c, within(0.005));
  }

  @Test
  void theChancesFollowTheFormulaOnAnyCosts() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 5; round++) {
      double temperature = 0.1 + 2 * random.nextDouble();
      double[] costs = random.doubles(2 + random.nextInt(6), -50, 1_000).toArray();
      double[] expected = chances(temperature, costs);
      double[] shares = shares(temperature, costs);
      for (int i = 0; i < costs.length; i++) {
        assertThat(shares[i]).as("seed %d", seed).isCloseTo(expected[i], within(0.006));
      }
    }
  }

  @Test
  void equalCostsHaveEqualChances() {
    for (double share : shares(0.3, 5, 5, 5, 5)) {
      assertThat(share).isCloseTo(0.25, within(0.005));
    }
  }

  @Test
  void aTemperatureNearZeroTakesTheCheapest() {
    assertThat(shares(1e-6, 3, 1, 2)).containsExactly(0, 1, 0);
    assertThat(shares(Double.MIN_VALUE, 3, 1, 2)).containsExactly(0, 1, 0);
  }

  @Test
  void aCostWithoutEndHasNoChance() {
    double[] shares = shares(1, 3, Double.POSITIVE_INFINITY, 3);
    assertThat(shares[1]).isZero();
    assertThat(shares[0]).isCloseTo(0.5, within(0.005));
  }

  @Test
  void theUnitOfTheCostsDoesNotMatter() {
    Costs blocks = costs(72, 80, 78);
    Costs millis = costs(7_200, 8_000, 7_800);
    for (int seed = 0; seed < 1_000; seed++) {
      assertThat(Sampling.draw(blocks, 0.5, seed)).isEqualTo(Sampling.draw(millis, 0.5, seed));
    }
  }

  @Test
  void theSeedDecides() {
    Costs costs = costs(1, 2, 3, 4);
    for (int seed = 0; seed < 100; seed++) {
      assertThat(Sampling.draw(costs, 1, seed)).isEqualTo(Sampling.draw(costs, 1, seed));
    }
  }

  private static double[] chances(double temperature, double... costs) {
    double least = Double.MAX_VALUE;
    double most = -Double.MAX_VALUE;
    for (double cost : costs) {
      least = Math.min(least, cost);
      most = Math.max(most, cost);
    }
    double[] chances = new double[costs.length];
    double sum = 0;
    for (int i = 0; i < costs.length; i++) {
      chances[i] = Math.exp(-((costs[i] - least) / (most - least)) / temperature);
      sum += chances[i];
    }
    for (int i = 0; i < costs.length; i++) {
      chances[i] /= sum;
    }
    return chances;
  }

  private static double[] shares(double temperature, double... values) {
    Costs costs = costs(values);
    double[] shares = new double[values.length];
    for (int seed = 0; seed < DRAWS; seed++) {
      shares[Sampling.draw(costs, temperature, seed)] += 1.0 / DRAWS;
    }
    for (int i = 0; i < shares.length; i++) {
      shares[i] = Math.round(shares[i] * DRAWS) / (double) DRAWS;
    }
    return shares;
  }

  private static Costs costs(double... values) {
    Costs costs = new Costs();
    costs.start(values.length, 1);
    for (int i = 0; i < values.length; i++) {
      costs.set(i, 0, values[i]);
    }
    return costs;
  }
}
