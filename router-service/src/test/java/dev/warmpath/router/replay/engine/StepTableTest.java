package dev.warmpath.router.replay.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

final class StepTableTest {
  private static final StepTable TABLE =
      table(
          List.of(1.0, 4.0),
          List.of(100.0, 300.0),
          List.of(List.of(10.0, 14.0), List.of(16.0, 26.0)));

  @Test
  void pointsAreAsMeasuredAndInBetweenIsBilinear() {
    assertThat(TABLE.at(1, 100)).isEqualTo(10);
    assertThat(TABLE.at(4, 300)).isEqualTo(26);
    assertThat(TABLE.at(1, 200)).isEqualTo(12);
    assertThat(TABLE.at(2, 100)).isCloseTo(12, within(1e-12));
    assertThat(TABLE.at(2.5, 200)).isCloseTo((10 + 14 + 16 + 26) / 4.0, within(1e-12));
  }

  @Test
  void belowTheFirstPointTimeIsThatOfThePoint() {
    assertThat(TABLE.at(0, 0)).isEqualTo(10);
    assertThat(TABLE.at(1, 50)).isEqualTo(10);
    assertThat(TABLE.at(4, 0)).isEqualTo(16);
  }

  @Test
  void beyondTheLastPointTimeGoesOnAsItDid() {
    assertThat(TABLE.at(1, 500)).isCloseTo(18, within(1e-6));
    assertThat(TABLE.at(10, 100)).isCloseTo(28, within(1e-6));
    assertThat(TABLE.at(10, 300)).isCloseTo(50, within(1e-6));
  }

  @Test
  void timeThatFellAtTheEndStays() {
    StepTable falling =
        table(List.of(1.0, 2.0), List.of(0.0, 10.0), List.of(List.of(5.0, 4.0), List.of(3.0, 2.0)));

    assertThat(falling.at(1, 1_000)).isEqualTo(4);
    assertThat(falling.at(50, 1_000)).isEqualTo(2);
  }

  @Test
  void onePointHoldsEverywhere() {
    StepTable one = table(List.of(8.0), List.of(512.0), List.of(List.of(20.0)));

    assertThat(one.at(0, 0)).isEqualTo(20);
    assertThat(one.along(3, 1, 100, 7, 1_000)).isCloseTo(20_000, within(1e-6));
  }

  /** What takes one look at each cell on the way says the same as a look at each step. */
  @Test
  void manyStepsAreTheSumOfEach() {
    long seed = Long.getLong("tests.seed", ThreadLocalRandom.current().nextLong());
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 300; round++) {
      List<Double> rows = rising(random, 1 + random.nextInt(5), 20);
      List<Double> columns = rising(random, 1 + random.nextInt(5), 400);
      List<List<Double>> millis = new ArrayList<>();
      for (int i = 0; i < rows.size(); i++) {
        millis.add(random.doubles(columns.size(), 1, 50).boxed().toList());
      }
      StepTable table = table(rows, columns, millis);
      double row = random.nextInt(60);
      double rowStep = random.nextInt(3);
      double column = random.nextInt(900) / (1.0 + random.nextInt(7));
      int steps = 1 + random.nextInt(600);

      double sum = 0;
      for (int j = 0; j < steps; j++) {
        sum += table.at(row + rowStep * j, column + j);
      }
      assertThat(table.along(row, rowStep, column, 1, steps))
          .as("tests.seed=%d, round %d", seed, round)
          .isCloseTo(sum, within(1e-6 * sum));
    }
  }

  @Test
  void saysWhatDoesNotFit() {
    List<List<Double>> one = List.of(List.of(1.0));
    assertThatThrownBy(() -> table(List.of(), List.of(1.0), List.of()))
        .hasMessage("sequences must have at least one point");
    assertThatThrownBy(() -> table(List.of(2.0, 2.0), List.of(1.0), one))
        .hasMessage("sequences must rise, was 2.0 after 2.0");
    assertThatThrownBy(() -> table(List.of(1.0), List.of(-1.0), one))
        .hasMessageContaining("context_tokens must be from 0 and below 1000000000, was -1.0");
    assertThatThrownBy(() -> table(List.of(1.0, 2.0), List.of(1.0), one))
        .hasMessageContaining("ms must have a row for each of the 2 sequences");
    assertThatThrownBy(() -> table(List.of(1.0), List.of(1.0), List.of(List.of(0.0))))
        .hasMessage("ms must be above 0.0, was 0.0");
  }

  private static List<Double> rising(SplittableRandom random, int count, double most) {
    return random.doubles(count, 0, most).sorted().boxed().toList();
  }

  private static StepTable table(
      List<Double> rows, List<Double> columns, List<List<Double>> millis) {
    return new StepTable("sequences", rows, "context_tokens", columns, millis);
  }
}
