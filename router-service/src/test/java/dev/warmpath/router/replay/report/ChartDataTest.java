package dev.warmpath.router.replay.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.warmpath.router.replay.serve.RunRecord.TargetName;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ChartDataTest {
  private static final String TABLES =
      """
      {"tables": [
        {"config": {"id": "a"}, "isl": 500, "osl": 9, "rows": [{"concurrency": 2, "req_s": 1.5}]},
        {"config": {"id": "b"}, "isl": 500, "osl": 9, "rows": [{"concurrency": 0}]}]}
      """;

  @Test
  void spansHoldWhatAClockThatTicksWouldCount() {
    long seed = 7;
    SplittableRandom random = new SplittableRandom(seed);
    Spans spans = new Spans(1_000, 1_000 + 7 * 60, 7);
    double[] sums = new double[7];
    double[] ticks = new double[7];
    for (int i = 0; i < 200; i++) {
      int from = random.nextInt(0, 420);
      int to = random.nextInt(from, 421);
      spans.add(sums, 1_000 + from, 1_000 + to);
      for (int tick = from; tick < to; tick++) {
        ticks[tick / 60] += 1 / 60.0;
      }
    }

    for (int span = 0; span < 7; span++) {
      assertThat(sums[span])
          .as("seed %d, span %d", seed, span)
          .isCloseTo(ticks[span], within(1e-9));
    }
  }

  @Test
  void everyInstantOfARunHasASpan() {
    Spans spans = new Spans(10, 20, 4);

    assertThat(IntStream.of(10, 12, 13, 19, 20).map(spans::of)).containsExactly(0, 0, 1, 3, 3);
    assertThat(new Spans(5, 5, 4).of(5)).isZero();
  }

  @Test
  void ranksOfAPoolAreRowsInOrderOfTheirNames() {
    List<TargetName> targets =
        List.of(
            new TargetName("prefill-00000", 0),
            new TargetName("decode-00010", 0),
            new TargetName("decode-00002", 1),
            new TargetName("decode-00002", 0));

    RankRows rows = new RankRows(targets, List.of("decode"));

    assertThat(rows.names()).containsExactly("2/0", "2/1", "10/0");
    assertThat(rows.row(1)).isEqualTo(2);
    assertThat(rows.row(3)).isZero();
  }

  @Test
  void ranksOfSeveralPoolsAreNamedWithThem() {
    List<TargetName> targets =
        IntStream.range(0, 2 * RankRows.MAX_ROWS)
            .mapToObj(i ->
                new TargetName((i % 2 == 0 ? "prefill-%05d" : "decode-%05d").formatted(i / 2), 0))
            .toList();

    RankRows rows = new RankRows(targets, List.of("prefill", "decode"));

    assertThat(rows.names()).hasSize(RankRows.MAX_ROWS).startsWith("prefill 0/0 to 1/0");
    assertThat(rows.names().get(rows.row(1))).isEqualTo("decode 0/0 to 1/0");
    assertThat(rows.ranks(rows.row(1))).isEqualTo(2);
  }

  @Test
  void manyRanksShareRows() {
    List<TargetName> targets =
        IntStream.range(0, 2 * RankRows.MAX_ROWS + 1)
            .mapToObj(i -> new TargetName("aggregated-%05d".formatted(i), 0))
            .toList();

    RankRows rows = new RankRows(targets, List.of("aggregated"));

    assertThat(rows.names()).hasSizeLessThanOrEqualTo(RankRows.MAX_ROWS).startsWith("0/0 to 2/0");
    assertThat(IntStream.range(0, rows.names().size()).map(rows::ranks).sum())
        .isEqualTo(targets.size());
    assertThat(rows.row(targets.size() - 1)).isEqualTo(rows.names().size() - 1);
  }

  @Test
  void aMeasuredTableIsFoundByItsIdAndLengths() {
    MeasuredTable table = MeasuredTable.read("f", TABLES.replace("0}", "1}"), "a", 500, 9);

    assertThat(table.rows()).hasSize(1);
    assertThat(table.rows().getFirst().requestsPerSecond()).isEqualTo(1.5);
    assertThat(table.rows().getFirst().ttftMeanMs()).isNaN();
  }

  @Test
  void aMeasuredFileThatNamesNoSingleTableIsRefused() {
    String right = TABLES.replace("0}", "1}");
    assertThatThrownBy(() -> MeasuredTable.read("f", right, null, 500, 9))
        .hasMessage("f: must have one table of isl=500 osl=9, has 2; there are: a 500:9, b 500:9");
    assertThatThrownBy(() -> MeasuredTable.read("f", right, "a", 501, 9))
        .hasMessageStartingWith("f: must have one table a of isl=501 osl=9, has 0");
    assertThatThrownBy(() -> MeasuredTable.read("f", "{", "a", 500, 9))
        .hasMessageStartingWith("f: is not JSON: ");
    assertThatThrownBy(() -> MeasuredTable.read("f", TABLES, "b", 500, 9))
        .hasMessage("f: concurrency of a row of b 500:9 must be a whole number from 1, was 0");
  }

  @Test
  void axesHaveRoundTicksAndTextsAreEscaped() {
    SvgPlot.Line line =
        new SvgPlot.Line("a<b", new double[] {3, 4_000}, new double[] {0, 87}, false);

    assertThat(SvgPlot.lines("t", "ms", "%", true, List.of(line)))
        .contains(">ms (logarithmic)<", ">5<", ">10<", ">2,000<", ">80<", ">a&lt;b<");
    assertThat(SvgPlot.lines("t", "ms", "%", false, List.of(line)))
        .contains(">ms<", ">1,000<", ">4,000<");
  }
}
