package dev.warmpath.jmh.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WarmUpTest {
  private static final long START = -5;

  private final WarmUp warmUp = new WarmUp(START);

  @Test
  void itIsOverTwoSecondsAfterTheLastRoundThatWasFasterByMuch() {
    round(100, 500);
    round(50, 1_500);
    round(49, 3_400);
    assertThat(warmUp.isOver()).isFalse();
    round(50, 3_500);
    assertThat(warmUp.isOver()).isTrue();
    assertThat(warmUp.figure()).isEqualTo("warm_up_s=3.5");
  }

  @Test
  void itIsOverAfterTenSecondsThoughItStillGetsFaster() {
    for (int second = 1; second < 10; second++) {
      round(1_000 >> second, 1_000L * second);
      assertThat(warmUp.isOver()).isFalse();
    }
    round(0.5, 10_000);
    assertThat(warmUp.isOver()).isTrue();
  }

  @Test
  void oneLongRoundIsNotEnough() {
    round(100, 3_000);
    assertThat(warmUp.isOver()).isFalse();
    round(100, 6_000);
    assertThat(warmUp.isOver()).isTrue();
  }

  private void round(double cost, long atMillis) {
    warmUp.round(cost, START + TimeUnit.MILLISECONDS.toNanos(atMillis));
  }
}
