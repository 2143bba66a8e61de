package dev.warmpath.router.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class DemandTest {
  private static final long SECOND = 1_000_000_000L;

  private final Demand demand = new Demand();

  @Test
  void aSteadyRateIsFoundSoonAndKept() {
    for (int second = 0; second <= 300; second++) {
      demand.booked(400, 100, second * SECOND);
      if (second >= 20) {
        assertThat(demand.requestsPerNano(second * SECOND) * SECOND).isCloseTo(1, within(0.06));
        assertThat(demand.tokensPerNano(second * SECOND) * SECOND).isCloseTo(100, within(6.0));
      }
    }
    assertThat(demand.cachedShare()).isCloseTo(0.75, within(1e-9));
  }

  @Test
  void aRateThatStopsFallsByHalfInFortyTwoSeconds() {
    for (int second = 0; second <= 600; second++) {
      demand.booked(1, 1, second * SECOND);
    }
    double then = demand.requestsPerNano(600 * SECOND);

    assertThat(demand.requestsPerNano(642 * SECOND) / then)
        .isCloseTo(Math.exp(-42 / 60.0), within(0.001));
  }

  @Test
  void aBurstAtTheVeryStartIsNotTakenForAnEndlessRate() {
    for (int i = 0; i < 10; i++) {
      demand.booked(1, 1, 0);
    }
    assertThat(demand.requestsPerNano(0) * SECOND).isBetween(2.0, 2.2);
  }

  @Test
  void nothingIsKnownBeforeTheFirstRequest() {
    assertThat(demand.requestsPerNano(SECOND)).isZero();
    assertThat(demand.cachedShare()).isZero();
  }
}
