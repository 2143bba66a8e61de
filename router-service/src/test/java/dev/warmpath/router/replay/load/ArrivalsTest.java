package dev.warmpath.router.replay.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.warmpath.router.replay.Prompt;
import dev.warmpath.router.replay.engine.OutputLengths;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ArrivalsTest {
  private static final long SECOND = 1_000_000_000;

  @Test
  void timestampsAreDividedByTheSpeedup() {
    OpenLoop arrivals =
        new OpenLoop(List.of(at(0), at(3 * SECOND)).iterator(), new Timing.ByTimestamp(2));

    assertThat(arrivals.nextNanos()).isZero();
    arrivals.take();
    assertThat(arrivals.nextNanos()).isEqualTo(3 * SECOND / 2);
    arrivals.take();
    assertThat(arrivals.nextNanos()).isEqualTo(Arrivals.NONE);
  }

  @Test
  void poissonArrivalsHaveTheirRateAndTheSpreadOfExponentialGaps() {
    OpenLoop arrivals =
        new OpenLoop(new Synthetic(1, 1, null).requests(20_000, 1), new Timing.Poisson(4, 1));
    List<Double> gaps = new ArrayList<>();
    long before = 0;
    while (arrivals.nextNanos() != Arrivals.NONE) {
      gaps.add((arrivals.nextNanos() - before) / 1e9);
      before = arrivals.nextNanos();
      arrivals.take();
    }

    double mean = gaps.stream().mapToDouble(gap -> gap).average().orElseThrow();
    double square = gaps.stream().mapToDouble(gap -> gap * gap).average().orElseThrow();
    assertThat(mean).isCloseTo(0.25, within(0.01));
    assertThat(square / (mean * mean)).isCloseTo(2, within(0.1));
  }

  @Test
  void aClosedLoopKeepsItsConcurrency() {
    ClosedLoop loop = new ClosedLoop(2, new Synthetic(10, 10, null).requests(3, 1), 5);

    assertThat(loop.nextNanos()).isEqualTo(5);
    LoadRequest first = loop.take();
    loop.take();
    assertThat(loop.nextNanos()).isEqualTo(Arrivals.NONE);
    loop.ended(first, 100);
    assertThat(loop.nextNanos()).isEqualTo(100);
    LoadRequest last = loop.take();
    loop.ended(last, 200);
    assertThat(loop.nextNanos()).isEqualTo(Arrivals.NONE);
  }

  @Test
  void aTurnFollowsTheAnswerBeforeItByItsDelay() {
    LoadRequest one = turn("a", 0, 0);
    LoadRequest two = turn("a", 50, 7);
    LoadRequest other = turn("b", 20, 0);
    Sessions sessions = new Sessions(List.of(one, other, two), 1);

    assertThat(sessions.take()).isSameAs(one);
    assertThat(sessions.take()).isSameAs(other);
    assertThat(sessions.nextNanos()).isEqualTo(Arrivals.NONE);
    sessions.ended(other, 90);
    assertThat(sessions.nextNanos()).isEqualTo(Arrivals.NONE);
    sessions.ended(one, 100);
    assertThat(sessions.nextNanos()).isEqualTo(107);
    assertThat(sessions.take()).isSameAs(two);
  }

  @Test
  void answersOfVaryingLengthHaveTheirMeanInEveryRun() {
    Synthetic load = new Synthetic(500, 1_000, new OutputLengths(1_000, 816, 250));
    for (int count : new int[] {80, 1_280}) {
      List<Integer> lengths = new ArrayList<>();
      load.requests(count, 3).forEachRemaining(request -> lengths.add(request.outputTokens()));

      assertThat(lengths.stream().mapToInt(length -> length).average().orElseThrow())
          .isCloseTo(816, within(1.0));
      assertThat(lengths).allMatch(length -> length >= 1 && length <= 1_000).contains(1_000);
    }
  }

  private static LoadRequest at(long nanos) {
    return new LoadRequest(nanos, new Prompt(1, new long[0]), 1, "", 0);
  }

  private static LoadRequest turn(String session, long nanos, long delay) {
    return new LoadRequest(nanos, new Prompt(1, new long[0]), 1, session, delay);
  }
}
