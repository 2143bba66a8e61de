package dev.warmpath.router.workersim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineClockTest {
  private final AtomicLong realNanos = new AtomicLong(1_000_000);

  @Test
  void engineTimeStartsAtZeroAndRunsFaster() {
    EngineClock clock = new EngineClock(realNanos::get, 20);
    assertThat(clock.nowNanos()).isZero();

    realNanos.addAndGet(50);
    assertThat(clock.nowNanos()).isEqualTo(1_000);
    assertThat(clock.toEngineNanos(3)).isEqualTo(60);
  }

  @Test
  void engineTimeRunsSlowerToo() {
    EngineClock clock = new EngineClock(realNanos::get, 0.5);
    realNanos.addAndGet(50);

    assertThat(clock.nowNanos()).isEqualTo(25);
  }

  @Test
  void theWaitForAnEngineTimeIsRealTimeAndEndsWhenItHasCome() {
    EngineClock clock = new EngineClock(realNanos::get, 4);
    assertThat(clock.realNanosUntil(100)).isEqualTo(25);

    realNanos.addAndGet(25);
    assertThat(clock.realNanosUntil(100)).isZero();
    realNanos.addAndGet(25);
    assertThat(clock.realNanosUntil(100)).isNegative();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void anImpossiblePaceIsNamed(double speedup) {
    assertThatThrownBy(() -> new EngineClock(realNanos::get, speedup))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("speedup must be above 0: " + speedup);
  }
}
