package dev.warmpath.router.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.warmpath.router.route.Policies;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One prompt token takes 1 ms. */
final class PolicyReplayTest {
  private static final long MILLI = 1_000_000;
  private static final EngineSpeed SPEED =
      new EngineSpeed(1_000, 20 * MILLI, EngineSpeed.UNLIMITED);

  @Test
  void playsATinyTraceAsComputedByHand() {
    Trace trace =
        trace(at(0, 1, 2), at(0, 3, 4), at(100, 1, 2, 5), at(100, 3, 4), at(300, 1, 2, 5));

    PolicyReport report = replay(trace, 2, 100, Policies.ROUND_ROBIN);

    // Target A: 20 ms; then 10 ms, 2 of 3 cached; then 1 ms, all cached. B: 20 ms; 1 ms.
    assertThat(report.blockHitRate()).isEqualTo(7.0 / 12);
    assertThat(report.tokenHitRate()).isEqualTo(70.0 / 120);
    assertThat(report.ttftMs()).isEqualTo(new LatencySummary(52.0 / 5, 10, 20, 20));
    assertThat(report.busiestOverMean()).isCloseTo(31 / 26.0, within(1e-9));
  }

  @Test
  void sendsARequestToTheTargetThatHoldsItsPrefix() {
    Trace trace = trace(at(0, 1, 2, 3), at(1_000, 1, 2, 3, 4), at(2_000, 1, 2, 3, 4, 5));

    PolicyReport report = replay(trace, 8, 100, Policies.KV);

    assertThat(report.blockHitRate()).isEqualTo(7.0 / 12);
  }

  @Test
  void countsAHitOnlyIfTheBlocksAreThereWhenThePrefillStarts() {
    // One target with room for two blocks: request 2 waits behind 1, which takes the room of 0.
    Trace trace = trace(at(0, 1, 2), at(100, 3, 4), at(100, 1, 2));

    assertThat(replay(trace, 1, 2, Policies.KV).blockHitRate()).isZero();
    assertThat(replay(trace, 1, 4, Policies.KV).blockHitRate()).isEqualTo(2.0 / 6);
  }

  @Test
  void spreadsABurstOfOneInstant() {
    Trace trace = trace(at(0, 1), at(0, 2), at(0, 3), at(0, 4));

    PolicyReport report = replay(trace, 4, 100, Policies.KV);

    assertThat(report.busiestOverMean()).isEqualTo(1);
    assertThat(report.ttftMs().p99()).isEqualTo(10);
  }

  @Test
  void knowsBeforePlacingWhatTargetsDidUpToThatInstant() {
    // The first request ends at the very instant at which the second one comes.
    Trace trace =
        trace(
            new TraceRequest(0, Prompts.of(1, 2), 1),
            new TraceRequest(20 * MILLI, Prompts.of(1, 2), 1));

    assertThat(replay(trace, 4, 100, Policies.KV).blockHitRate()).isEqualTo(2.0 / 4);
  }

  @ParameterizedTest
  @EnumSource(Policies.class)
  void givesTheSameReportTwice(Policies policy) {
    Trace trace = randomTrace(1);

    assertThat(replay(trace, 5, 30, policy)).isEqualTo(replay(trace, 5, 30, policy));
  }

  @Test
  void givesOtherChoicesWithAnotherSeed() {
    Trace trace = randomTrace(1);
    ReplayOptions other = new ReplayOptions(5, 1, 30, SPEED, 99);

    assertThat(new PolicyReplay(trace, other, Policies.RANDOM).run(_ -> {}))
        .isNotEqualTo(replay(trace, 5, 30, Policies.RANDOM));
  }

  @Test
  void neverBeatsTheEndlessCache() {
    Trace trace = randomTrace(2);
    double endless = Ceilings.of(trace, 1).endless();

    for (Policies policy : Policies.values()) {
      assertThat(replay(trace, 5, 1_000, policy).blockHitRate()).isLessThanOrEqualTo(endless);
    }
  }

  @Test
  void treatsEveryRankAsATarget() {
    Trace trace = trace(at(0, 1), at(0, 2), at(0, 3), at(0, 4));
    ReplayOptions options = new ReplayOptions(2, 2, 100, SPEED, 1);

    assertThat(new PolicyReplay(trace, options, Policies.KV).run(_ -> {}).ttftMs().p99())
        .isEqualTo(10);
  }

  @Test
  void reportsProgressAfterEachRequest() {
    List<Integer> placed = new ArrayList<>();
    ReplayOptions options = new ReplayOptions(1, 1, 100, SPEED, 1);

    new PolicyReplay(trace(at(0, 1), at(5, 2)), options, Policies.KV).run(placed::add);

    assertThat(placed).containsExactly(1, 2);
  }

  @Test
  void derivesThePrefillRateFromTheShareOfTimeThatTargetsAreBusy() {
    Trace trace = trace(at(0, 1, 2), at(10_000, 3, 4));

    assertThat(ReplayOptions.prefillRate(trace, 2, 0.5)).isEqualTo(4);
  }

  @Test
  void withoutEventsTheRouterGoesByWhatItPlaced() {
    Trace trace = trace(at(0, 1, 2, 3), at(60_000, 1, 2, 3, 4), at(120_000, 1, 2, 3, 4, 5));

    assertThat(silent(trace, 8, 100, Duration.ofSeconds(61)).blockHitRate()).isEqualTo(7.0 / 12);
    assertThat(silent(trace, 8, 100, Duration.ofSeconds(59)).blockHitRate()).isLessThan(7.0 / 12);
  }

  @Test
  void withoutEventsWhatNoLongerFitsCountsAsGone() {
    Trace trace = randomTrace(3);
    PolicyReport exact = replay(trace, 5, 30, Policies.KV);
    PolicyReport placed = silent(trace, 5, 30, Duration.ofDays(1));

    assertThat(placed.blockHitRate()).isCloseTo(exact.blockHitRate(), within(0.05));
    assertThat(placed).isEqualTo(silent(trace, 5, 30, Duration.ofDays(1)));
  }

  private static PolicyReport silent(Trace trace, int workers, int blocks, Duration life) {
    ReplayOptions options =
        new ReplayOptions(workers, 1, blocks, SPEED, 1, ReplayFaults.NONE, life);
    return new PolicyReplay(trace, options, Policies.KV).run(_ -> {});
  }

  private static PolicyReport replay(Trace trace, int workers, int blocks, Policies policy) {
    ReplayOptions options = new ReplayOptions(workers, 1, blocks, SPEED, 1);
    return new PolicyReplay(trace, options, policy).run(_ -> {});
  }

  private static Trace randomTrace(long seed) {
    Random random = new Random(seed);
    TraceRequest[] requests = new TraceRequest[500];
    long millis = 0;
    for (int i = 0; i < requests.length; i++) {
      millis += random.nextInt(3) * 20L;
      requests[i] =
          new TraceRequest(millis * MILLI, Prompts.random(random, 10), random.nextInt(20));
    }
    return trace(requests);
  }

  private static TraceRequest at(long millis, long... localHashes) {
    return new TraceRequest(millis * MILLI, Prompts.of(localHashes), 3);
  }

  private static Trace trace(TraceRequest... requests) {
    return new Trace(Prompts.BLOCK_SIZE, Arrays.asList(requests));
  }
}
