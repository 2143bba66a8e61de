package dev.warmpath.jmh.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class VerdictTest {
  private final List<Interval> intervals = new ArrayList<>();

  @Test
  void phaseThatStaysAsItIsIsFlat() {
    add(20, 100, 10, 1_000, 0);
    Verdict verdict = Verdict.of(intervals);
    assertThat(verdict.holds()).isTrue();
    assertThat(verdict.heap()).isEqualTo(1.0);
  }

  @Test
  void peakInTheMiddleDoesNotCount() {
    add(9, 100, 10, 1_000, 0);
    add(2, 300, 30, 9_000, 0);
    add(9, 100, 10, 1_000, 0);
    assertThat(Verdict.of(intervals).holds()).isTrue();
  }

  @Test
  void heapThatGrowsIsNotFlat() {
    add(18, 100, 10, 1_000, 0);
    add(2, 106, 10, 1_000, 0);
    assertThat(Verdict.of(intervals).memoryIsFlat()).isFalse();
  }

  @Test
  void runsThatGrowAreNotFlat() {
    add(18, 100, 10, 1_000, 0);
    add(2, 100, 11, 1_000, 0);
    assertThat(Verdict.of(intervals).memoryIsFlat()).isFalse();
  }

  @Test
  void slowerLookupsAreNotFlat() {
    add(18, 100, 10, 1_000, 0);
    add(2, 100, 10, 1_400, 0);
    assertThat(Verdict.of(intervals).latencyIsFlat()).isFalse();
  }

  @Test
  void oneWrongOverlapIsTooMany() {
    add(10, 100, 10, 1_000, 0);
    add(1, 100, 10, 1_000, 1);
    add(9, 100, 10, 1_000, 0);
    assertThat(Verdict.of(intervals).holds()).isFalse();
  }

  private void add(int count, long heapBytes, int runs, long p99, int wrong) {
    for (int i = 0; i < count; i++) {
      intervals.add(
          new Interval(1, heapBytes, 100, 1_000, runs, 10, 100, p99, 1_000, 50.0, wrong, 0));
    }
  }
}
