package dev.warmpath.router.replay.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LoadSearchTest {
  @Test
  void findsAnyLimitWithinItsTolerance() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 500; round++) {
      double limit = 0.125 * Math.pow(512, random.nextDouble());
      double tolerance = 0.001 + 0.2 * random.nextDouble();

      LoadSearch.Found<Double> found =
          new LoadSearch(0.125, 64, tolerance).search(load -> load, load -> load <= limit);

      assertThat(found.held()).as("seed %d", seed).isLessThanOrEqualTo(limit);
      assertThat(found.missed()).as("seed %d", seed).isGreaterThan(limit);
      assertThat(found.missed() / found.held())
          .as("seed %d", seed)
          .isLessThanOrEqualTo(1 + tolerance);
      assertThat(found.atHeld()).as("seed %d", seed).isEqualTo(found.held());
      assertThat(found.atMissed()).as("seed %d", seed).isEqualTo(found.missed());
    }
  }

  @Test
  void stopsAfterOneRunWhenTheLowestLoadFails() {
    LoadSearch.Found<Double> found = new LoadSearch(1, 8, 0.1).search(load -> load, _ -> false);

    assertThat(found).isEqualTo(new LoadSearch.Found<Double>(0, null, 1, 1.0, 1));
  }

  @Test
  void stopsAfterTwoRunsWhenTheHighestLoadHolds() {
    LoadSearch.Found<Double> found = new LoadSearch(1, 8, 0.1).search(load -> load, _ -> true);

    assertThat(found)
        .isEqualTo(new LoadSearch.Found<Double>(8, 8.0, Double.POSITIVE_INFINITY, null, 2));
  }

  @Test
  void refusesBoundsThatEncloseNothing() {
    assertThatThrownBy(() -> new LoadSearch(2, 2, 0.1)).hasMessageContaining("low 2.0, high 2.0");
    assertThatThrownBy(() -> new LoadSearch(1, 2, 0)).hasMessageContaining("tolerance 0.0");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 17, 63, 64, 65})
  void aWholeLoadIsFoundBesideItsNeighbour(int most) {
    LoadSearch.Found<Integer> found =
        LoadSearch.searchWhole(1, 64, load -> load, load -> load <= most);

    assertThat(found.held()).isEqualTo(Math.min(most, 64));
    assertThat(found.missed()).isEqualTo(most >= 64 ? Double.POSITIVE_INFINITY : most + 1);
    assertThat(found.atHeld()).isEqualTo(most == 0 ? null : Integer.valueOf(Math.min(most, 64)));
    assertThat(found.atMissed()).isEqualTo(most >= 64 ? null : Integer.valueOf(most + 1));
    assertThat(found.runs()).isLessThanOrEqualTo(8);
  }
}
