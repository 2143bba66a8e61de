package dev.warmpath.router.replay.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.replay.Prompt;
import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.deploy.EventFaults;
import dev.warmpath.router.replay.deploy.Failure;
import dev.warmpath.router.replay.deploy.Pool;
import dev.warmpath.router.replay.deploy.RouterRules;
import dev.warmpath.router.replay.deploy.Sla;
import dev.warmpath.router.replay.deploy.Wiring;
import dev.warmpath.router.replay.engine.EngineModel;
import dev.warmpath.router.replay.engine.Offload;
import dev.warmpath.router.replay.engine.PoolDefaults;
import dev.warmpath.router.replay.load.ClosedLoop;
import dev.warmpath.router.replay.load.LoadRequest;
import dev.warmpath.router.replay.load.OpenLoop;
import dev.warmpath.router.replay.load.Synthetic;
import dev.warmpath.router.replay.load.Timing;
import dev.warmpath.router.replay.report.RunSummary;
import dev.warmpath.router.replay.serve.RequestTable.Status;
import dev.warmpath.router.route.Disaggregation;
import dev.warmpath.router.route.LoadLimits;
import dev.warmpath.router.route.Policies;
import dev.warmpath.router.route.Preference;
import dev.warmpath.router.route.SessionAffinity;
import dev.warmpath.router.route.WaitingLimits;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Limits of load, waiting, sessions and temperature in a simulation. */
final class RouterRulesRunTest {
  private static final EngineModel ENGINE = Engines.named("dynamo-mocker");
  private static final int WORKERS = 2;
  private static final int SLOTS = 4;
  private static final int REQUESTS = 200;
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1_000_000_000;
  private static final WaitingLimits ALL_WAIT = new WaitingLimits(REQUESTS, 600 * SECOND);
  private static final LoadLimits ONE_BATCH =
      new LoadLimits(LoadLimits.UNLIMITED, Long.MAX_VALUE, LoadLimits.UNLIMITED, 1);

  @Test
  void whatFindsEveryTargetBeyondItsLimitsIsRefused() {
    RequestTable table = play(limited(WaitingLimits.OFF), List.of(), 1);

    List<Integer> refused = with(Status.OVERLOADED, table);
    assertThat(refused).hasSizeBetween(1, REQUESTS - WORKERS * SLOTS);
    assertThat(with(Status.OK, table)).hasSize(REQUESTS - refused.size());
    for (int request : refused) {
      assertThat(table.finishNanos(request)).isEqualTo(table.arrivalNanos(request));
      assertThat(busyAt(table, table.arrivalNanos(request))).isEqualTo(WORKERS * SLOTS);
    }
  }

  @Test
  void whatWaitsGoesInOrderAsSoonAsATargetIsWithinItsLimits() {
    for (long seed = 1; seed <= 20; seed++) {
      RequestTable table = play(limited(ALL_WAIT), List.of(), seed);

      assertThat(with(Status.OK, table)).as("seed %d", seed).hasSize(REQUESTS);
      long before = 0;
      for (int request = 0; request < REQUESTS; request++) {
        long placed = placedAt(table, request);
        assertThat(placed).as("seed %d, request %d", seed, request).isGreaterThanOrEqualTo(before);
        assertThat(busyAt(table, placed)).isLessThanOrEqualTo(WORKERS * SLOTS);
        if (table.routerWaitNanos(request) > 0) {
          assertThat(endsAt(table, placed)).as("seed %d, request %d", seed, request).isPositive();
        }
        before = placed;
      }
      assertThat(mostOnOneTarget(table)).as("seed %d", seed).isEqualTo(SLOTS);
    }
  }

  @Test
  void theWaitAtTheRouterIsPartOfTheTimeToFirstToken() {
    Deployment deployment = deployment(limited(ALL_WAIT), List.of());
    RunSummary run = RunSummary.of(run(deployment, 1), 0, 0, 0, Sla.NONE);

    assertThat(run.refused()).isZero();
    assertThat(run.routerWait().requests()).isBetween(1, REQUESTS - WORKERS * SLOTS);
    assertThat(run.routerWait().maxMillis()).isGreaterThan(run.routerWait().meanMillis());
    double waited = run.routerWait().meanMillis() * run.routerWait().requests() / REQUESTS;
    assertThat(run.parts().queue()).isGreaterThanOrEqualTo(waited);
  }

  @Test
  void whatWaitedLongEnoughIsRefused() {
    RequestTable table = play(limited(new WaitingLimits(REQUESTS, 300 * MILLI)), List.of(), 1);

    List<Integer> refused = with(Status.WAITED_TOO_LONG, table);
    assertThat(refused).isNotEmpty();
    for (int request : refused) {
      assertThat(table.finishNanos(request) - table.arrivalNanos(request))
          .isBetween(300 * MILLI, 300 * MILLI + WaitingLimits.PAUSE.toNanos());
      assertThat(table.routerWaitNanos(request))
          .isEqualTo(table.finishNanos(request) - table.arrivalNanos(request));
    }
    for (int request : with(Status.OK, table)) {
      assertThat(table.routerWaitNanos(request)).isLessThan(320 * MILLI);
    }
  }

  @Test
  void aFullQueueRefusesWhoComesLast() {
    RequestTable table = play(limited(new WaitingLimits(3, 600 * SECOND)), List.of(), 1);

    List<Integer> refused = with(Status.QUEUE_FULL, table);
    assertThat(refused).isNotEmpty();
    for (int request : refused) {
      long arrival = table.arrivalNanos(request);
      assertThat(table.finishNanos(request)).isEqualTo(arrival);
      long waiting =
          IntStream.range(0, request)
              .filter(i -> table.status(i) == Status.OK)
              .filter(i -> placedAt(table, i) > arrival)
              .count();
      assertThat(waiting).isEqualTo(3);
    }
  }

  @Test
  void thoseOfAWorkerThatDiesWaitForTheOthers() {
    List<Failure> failures = List.of(new Failure(Role.AGGREGATED, 0, SECOND, 20 * SECOND));

    RunRecord run = run(deployment(limited(ALL_WAIT), failures), 1);

    RequestTable table = run.requests();
    assertThat(with(Status.OK, table)).hasSize(REQUESTS);
    int[] restarted = IntStream.range(0, REQUESTS).filter(i -> table.restarts(i) > 0).toArray();
    assertThat(restarted).isNotEmpty();
    for (int request : restarted) {
      assertThat(table.routerWaitNanos(request)).isPositive();
      assertThat(placedAt(table, request)).isLessThanOrEqualTo(table.promptStartNanos(request));
    }
    for (int request = 0; request < REQUESTS; request++) {
      long placed = placedAt(table, request);
      if (table.restarts(request) == 0 && placed > SECOND && placed < 21 * SECOND) {
        assertThat(run.targets().get(table.promptTarget(request)).worker())
            .isEqualTo("aggregated-00001");
      }
    }
  }

  @Test
  void thoseOfAWorkerThatDiesAreRefusedWhereNobodyWaits() {
    List<Failure> failures = List.of(new Failure(Role.AGGREGATED, 0, SECOND, Failure.FOR_GOOD));

    RequestTable table = play(limited(WaitingLimits.OFF), failures, 1);

    List<Integer> lost =
        with(Status.OVERLOADED, table).stream().filter(i -> table.restarts(i) > 0).toList();
    assertThat(lost).isNotEmpty();
    for (int request : lost) {
      assertThat(table.finishNanos(request)).isEqualTo(SECOND);
    }
  }

  @Test
  void hardSessionsStayAndHoldUpNobody() {
    RequestTable table = play(limited(SessionAffinity.HARD, ALL_WAIT), List.of(), 1);

    assertThat(with(Status.OK, table)).hasSize(REQUESTS);
    targetsBySession(table).values().forEach(targets -> assertThat(targets).hasSize(1));
    boolean overtaken =
        IntStream.range(1, REQUESTS).anyMatch(i -> placedAt(table, i) < placedAt(table, i - 1));
    assertThat(overtaken).isTrue();
  }

  @Test
  void softSessionsMoveWhenTheirTargetIsBeyondItsLimits() {
    RequestTable table = play(limited(SessionAffinity.SOFT, ALL_WAIT), List.of(), 1);

    assertThat(with(Status.OK, table)).hasSize(REQUESTS);
    assertThat(targetsBySession(table).values()).anyMatch(targets -> targets.size() > 1);
    assertThat(mostOnOneTarget(table)).isEqualTo(SLOTS);
  }

  @Test
  void aPoolBeyondItsLimitsMakesPairsWait() {
    EngineModel engine = Engines.named("deepseek-r1-h20");
    PoolDefaults prefill = Engines.setup(engine, Role.PREFILL);
    PoolDefaults decode = Engines.setup(engine, Role.DECODE);
    List<Pool> pools =
        List.of(
            new Pool(
                Role.PREFILL,
                2,
                new PoolDefaults(1, 1, prefill.limits(), false, false, Offload.NONE)),
            new Pool(Role.DECODE, 1, decode.withLimits(decode.limits().withSlots(SLOTS))));
    Deployment deployment =
        new Deployment(engine, pools, EventFaults.NONE, limited(ALL_WAIT), List.of(), Sla.NONE);

    RequestTable table = run(deployment, 1).requests();

    assertThat(with(Status.OK, table)).hasSize(REQUESTS);
    for (int request = 0; request < REQUESTS; request++) {
      assertThat(busyAt(table, placedAt(table, request))).isLessThanOrEqualTo(SLOTS);
    }
  }

  @Test
  void aWarmUpLeavesNobodyWaiting() {
    ServingRun serving =
        new ServingRun(
            deployment(limited(new WaitingLimits(20, 600 * SECOND)), List.of()), Policies.KV, 1);
    Synthetic load = new Synthetic(500, 20, null);

    RunRecord run = serving.closedLoop(load, 12, 24, 120, 1, _ -> {});

    assertThat(with(Status.OK, run.requests())).hasSize(120);
    assertThat(IntStream.range(0, 120).mapToLong(run.requests()::routerWaitNanos).sum())
        .isPositive();
  }

  @Test
  void clientsThatAreRefusedPause() {
    ServingRun serving =
        new ServingRun(deployment(limited(WaitingLimits.OFF), List.of()), Policies.KV, 1);
    Synthetic load = new Synthetic(500, 200, null);

    RequestTable table =
        serving.run(new ClosedLoop(12, load.requests(60, 1), 0), _ -> {}).requests();

    List<Integer> refused = with(Status.OVERLOADED, table);
    assertThat(refused).hasSizeGreaterThanOrEqualTo(4);
    assertThat(with(Status.OK, table)).hasSize(60 - refused.size());
    assertThat(refused.subList(0, 4)).containsExactly(8, 9, 10, 11);
    assertThat(table.arrivalNanos(12)).isGreaterThanOrEqualTo(SECOND);
    for (int request = 1; request < 60; request++) {
      assertThat(table.arrivalNanos(request))
          .isGreaterThanOrEqualTo(table.arrivalNanos(request - 1));
    }
  }

  @Test
  void sessionsMeanNothingUnlessTheRulesSayAnything() {
    RequestTable table = play(RouterRules.NONE, List.of(), 1);

    assertThat(targetsBySession(table).values()).anyMatch(targets -> targets.size() > 1);
  }

  @Test
  void temperatureDrawsOtherTargets() {
    RouterRules warm =
        new RouterRules(
            Map.of(),
            List.of(),
            1,
            SessionAffinity.OFF,
            SECOND,
            LoadLimits.NONE,
            WaitingLimits.OFF,
            Disaggregation.ALWAYS);

    assertThat(places(play(warm, List.of(), 1)))
        .isNotEqualTo(places(play(RouterRules.NONE, List.of(), 1)));
    assertThat(places(play(warm, List.of(), 1))).isEqualTo(places(play(warm, List.of(), 1)));
  }

  @Test
  void onlyWorkersWithTheRequiredLabelsAreChosen() {
    RouterRules rules = labels(Map.of("kind", "kept"), List.of());
    RequestTable table = play(rules, List.of(), 1);
    assertThat(places(table)).containsOnly(1);

    Failure failure = new Failure(Role.AGGREGATED, 1, 3 * SECOND, 2 * SECOND);
    assertThat(with(Status.NO_TARGET, play(rules, List.of(failure), 1)))
        .hasSizeBetween(1, REQUESTS / 2);
  }

  @Test
  void workersWithPreferredLabelsAreChosenMoreOften() {
    RouterRules rules = labels(Map.of(), List.of(new Preference("kind", "kept", 1)));
    RequestTable table = play(rules, List.of(), 1);
    RequestTable without = play(RouterRules.NONE, List.of(), 1);

    assertThat(Collections.frequency(places(table), 1))
        .isGreaterThan(Collections.frequency(places(without), 1))
        .isLessThan(REQUESTS);
  }

  private static RouterRules labels(Map<String, String> required, List<Preference> preferred) {
    return new RouterRules(
        required,
        preferred,
        0,
        SessionAffinity.OFF,
        SECOND,
        LoadLimits.NONE,
        WaitingLimits.OFF,
        Disaggregation.ALWAYS);
  }

  @Test
  void workersBehindOneQueueHaveNoLimitsOfTheirOwn() {
    EngineModel engine = Engines.named("qwen3-32b-h20");
    Deployment shared = Engines.disaggregated(engine, 3, 4, 1);

    assertThatThrownBy(() ->
            new Deployment(
                engine,
                shared.pools(),
                EventFaults.NONE,
                limited(WaitingLimits.OFF),
                List.of(),
                Sla.NONE))
        .hasMessageContaining("limits need shared_queue false in pool prefill");
  }

  private static RouterRules limited(WaitingLimits waiting) {
    return limited(SessionAffinity.OFF, waiting);
  }

  private static RouterRules limited(SessionAffinity affinity, WaitingLimits waiting) {
    return new RouterRules(
        Map.of(), List.of(), 0, affinity, 600 * SECOND, ONE_BATCH, waiting, Disaggregation.ALWAYS);
  }

  private static RequestTable play(RouterRules rules, List<Failure> failures, long seed) {
    return run(deployment(rules, failures), seed).requests();
  }

  private static Deployment deployment(RouterRules rules, List<Failure> failures) {
    Pool pool =
        new Pool(
            Role.AGGREGATED,
            WORKERS,
            Engines.setup(ENGINE, Role.AGGREGATED)
                .withLimits(Engines.setup(ENGINE, Role.AGGREGATED).limits().withSlots(SLOTS)),
            rules.haveLabels()
                ? new Wiring(0, Map.of("kind", List.of("spot", "kept")))
                : Wiring.NONE);
    return new Deployment(ENGINE, List.of(pool), EventFaults.NONE, rules, failures, Sla.NONE);
  }

  private static RunRecord run(Deployment deployment, long seed) {
    ServingRun serving = new ServingRun(deployment, Policies.KV, 1);
    return serving.run(new OpenLoop(turns(seed).iterator(), new Timing.ByTimestamp(1)), _ -> {});
  }

  /** Turns of eight sessions, more of them than the fleet can serve. */
  private static List<LoadRequest> turns(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<LoadRequest> all = new ArrayList<>();
    for (int i = 0; i < REQUESTS; i++) {
      int session = random.nextInt(8);
      long[] localHashes = new long[2 + random.nextInt(20)];
      for (int block = 0; block < localHashes.length; block++) {
        localHashes[block] = 1_000L * session + block + 1;
      }
      Prompt prompt = new Prompt(localHashes.length * 64 + 10, localHashes);
      all.add(new LoadRequest(i * SECOND / 25, prompt, 20 + random.nextInt(60), "s" + session, 0));
    }
    return all;
  }

  private static List<Integer> with(Status status, RequestTable table) {
    return IntStream.range(0, table.size()).filter(i -> table.status(i) == status).boxed().toList();
  }

  private static boolean isThere(RequestTable table, int request, long nanos) {
    return table.status(request) == Status.OK
        && placedAt(table, request) <= nanos
        && nanos < table.finishNanos(request);
  }

  private static long placedAt(RequestTable table, int request) {
    return table.arrivalNanos(request) + table.routerWaitNanos(request);
  }

  /** Requests on all targets, those included that are placed at this instant. */
  private static long busyAt(RequestTable table, long nanos) {
    return IntStream.range(0, table.size()).filter(i -> isThere(table, i, nanos)).count();
  }

  private static long endsAt(RequestTable table, long nanos) {
    return IntStream.range(0, table.size()).filter(i -> table.finishNanos(i) == nanos).count();
  }

  private static long mostOnOneTarget(RequestTable table) {
    return IntStream.range(0, table.size())
        .mapToLong(placed ->
            IntStream.range(0, table.size())
                .filter(i -> table.promptTarget(i) == table.promptTarget(placed))
                .filter(i -> isThere(table, i, placedAt(table, placed)))
                .count())
        .max()
        .orElse(0);
  }

  private static Map<Long, Set<Integer>> targetsBySession(RequestTable table) {
    Map<Long, Set<Integer>> targets = new HashMap<>();
    List<LoadRequest> requests = turns(1);
    for (int request = 0; request < REQUESTS; request++) {
      long session = requests.get(request).prompt().localHashes()[0];
      targets.computeIfAbsent(session, _ -> new HashSet<>()).add(table.promptTarget(request));
    }
    return targets;
  }

  private static List<Integer> places(RequestTable table) {
    return IntStream.range(0, REQUESTS).mapToObj(table::promptTarget).toList();
  }
}
