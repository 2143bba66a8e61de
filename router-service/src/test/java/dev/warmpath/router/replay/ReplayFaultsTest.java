package dev.warmpath.router.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.router.route.Policies;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One prompt token takes 1 ms; blocks have 10 tokens. */
final class ReplayFaultsTest {
  private static final long MILLI = 1_000_000;
  private static final Duration ZERO = Duration.ZERO;
  private static final EngineSpeed SPEED =
      new EngineSpeed(1_000, 20 * MILLI, EngineSpeed.UNLIMITED);

  @Test
  void aSlowWorkerComputesAtHalfTheSpeed() {
    PolicyReport report = play(1, new ReplayFaults(ZERO, 0, 0, true, 1, ZERO), at(0, 1, 2));
    assertThat(report.ttftMs().mean()).isEqualTo(40);
  }

  @Test
  void aRestartedWorkerHoldsNothing() {
    TraceRequest[] twice = {at(0, 1, 2), at(1_000, 1, 2)};
    assertThat(play(1, ReplayFaults.NONE, twice).blockHitRate()).isEqualTo(0.5);
    assertThat(play(1, new ReplayFaults(ZERO, 0, 1, false, 1, ZERO), twice).blockHitRate())
        .isZero();
  }

  @Test
  void whatIsLateOrLostIsNotKnown() {
    // The other target is emptier as far as is known, and chosen if the prefix is not known.
    TraceRequest[] requests = {at(0, 1, 2, 3), at(60_000, 1, 2, 3), at(120_000, 1, 2, 3)};
    ReplayFaults late = new ReplayFaults(Duration.ofSeconds(200), 0, 0, false, 1, ZERO);
    ReplayFaults lost = new ReplayFaults(ZERO, 1, 0, false, 1, ZERO);

    assertThat(play(64, ReplayFaults.NONE, requests).blockHitRate()).isEqualTo(6.0 / 9);
    assertThat(play(64, late, requests).blockHitRate()).isLessThan(0.5);
    assertThat(play(64, lost, requests).blockHitRate()).isLessThan(0.5);
  }

  @Test
  void routersThatAreNotToldPileOnOneTarget() {
    TraceRequest[] burst = {at(0, 1), at(0, 2), at(0, 3), at(0, 4)};
    assertThat(leastLoaded(new ReplayFaults(ZERO, 0, 0, false, 2, ZERO), burst)).isEqualTo(10);
    assertThat(leastLoaded(new ReplayFaults(ZERO, 0, 0, false, 4, ReplayFaults.NEVER), burst))
        .isGreaterThan(10);
  }

  @Test
  void aRouterHearsOfTheOthersAfterTheLag() {
    TraceRequest[] twice = {at(0, 1, 2, 3), at(5, 4)};
    assertThat(leastLoadedMean(new ReplayFaults(ZERO, 0, 0, false, 2, Duration.ofMillis(5)), twice))
        .isEqualTo((30 + 10) / 2.0);
  }

  @Test
  void sharesAndCountsAreChecked() {
    assertThatThrownBy(() -> new ReplayFaults(ZERO, 1.5, 0, false, 1, ZERO))
        .hasMessageContaining("lostEventShare 1.5");
    assertThatThrownBy(() -> new ReplayFaults(ZERO, 0, 0, false, 0, ZERO))
        .hasMessageContaining("routers must be at least 1: 0");
    assertThatThrownBy(() -> new ReplayFaults(Duration.ofMillis(-1), 0, 0, false, 1, ZERO))
        .hasMessageContaining("eventLag");
  }

  /** The slowest of a burst; over seeds, since ties are broken by chance. */
  private static double leastLoaded(ReplayFaults faults, TraceRequest... requests) {
    double worst = 0;
    for (long seed = 1; seed <= 10; seed++) {
      worst = Math.max(worst, play(4, seed, faults, requests).ttftMs().p99());
    }
    return worst;
  }

  private static double leastLoadedMean(ReplayFaults faults, TraceRequest... requests) {
    double worst = 0;
    for (long seed = 1; seed <= 10; seed++) {
      worst = Math.max(worst, play(2, seed, faults, requests).ttftMs().mean());
    }
    return worst;
  }

  private static PolicyReport play(
      int workers, long seed, ReplayFaults faults, TraceRequest... requests) {
    Trace trace = new Trace(Prompts.BLOCK_SIZE, List.of(requests));
    ReplayOptions options = new ReplayOptions(workers, 1, 100, SPEED, seed, faults);
    return new PolicyReplay(trace, options, Policies.LEAST_LOADED).run(_ -> {});
  }

  private static PolicyReport play(int workers, ReplayFaults faults, TraceRequest... requests) {
    Trace trace = new Trace(Prompts.BLOCK_SIZE, List.of(requests));
    ReplayOptions options = new ReplayOptions(workers, 1, 100, SPEED, 1, faults);
    return new PolicyReplay(trace, options, Policies.KV).run(_ -> {});
  }

  private static TraceRequest at(long millis, long... localHashes) {
    return new TraceRequest(millis * MILLI, Prompts.of(localHashes), 3);
  }
}
