package dev.warmpath.router.replay.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.replay.Prompt;
import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.deploy.EventFaults;
import dev.warmpath.router.replay.deploy.Failure;
import dev.warmpath.router.replay.deploy.Pool;
import dev.warmpath.router.replay.deploy.RouterRules;
import dev.warmpath.router.replay.deploy.Sla;
import dev.warmpath.router.replay.engine.EngineModel;
import dev.warmpath.router.replay.engine.PoolDefaults;
import dev.warmpath.router.replay.load.ClosedLoop;
import dev.warmpath.router.replay.load.LoadRequest;
import dev.warmpath.router.replay.load.OpenLoop;
import dev.warmpath.router.replay.load.Synthetic;
import dev.warmpath.router.replay.load.Timing;
import dev.warmpath.router.replay.report.RunSummary;
import dev.warmpath.router.route.Policies;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class ServingRunTest {
  private static final double TENTH_OF_A_PERCENT = 0.001;
  private static final long SECOND = 1_000_000_000;

  /** Prefill 494.65 ms, then 150 steps of 20.05 + 0.04554 + c * (3000, 3001, ...) ms. */
  @Test
  void oneClientAtATimeIsTheSumOfItsParts() {
    RunSummary run = closedLoop(1, 3_000, 150);

    double context = 9.252e-5;
    double step = 20.05 + 0.04554;
    double ttft = 23.76 + 55.45 + 0.1464 * 3_000 + 6.618 + step + context * 3_000;
    double decode = 149 * step + context * (149 * 3_000 + 149 * 150 / 2.0);
    assertClose(run.ttft().mean(), ttft);
    assertClose(run.tpot().mean(), decode / 149);
    assertClose(run.e2e().mean(), ttft + decode);
    assertClose(run.requestsPerSecond(), 1_000 / (ttft + decode));
    assertClose(run.outputTokensPerSecond(), 150_000 / (ttft + decode));
  }

  /** Two clients that start together stay in step: each decode step has both. */
  @Test
  void twoClientsShareEveryStep() {
    RunSummary run = closedLoop(2, 3_000, 150);

    double first = 21.59 + 2 * 0.04554 + 9.252e-5 * 2 * 3_000;
    double ttft = 23.76 + 55.45 + 0.1464 * 3_000 + 2 * 6.618 + first;
    double decode = 149 * first + 9.252e-5 * 2 * 149 * 150 / 2.0;
    assertClose(run.ttft().mean(), ttft);
    assertClose(run.tpot().mean(), decode / 149);
    assertClose(run.requestsPerSecond(), 2_000 / (ttft + decode));
  }

  /** All c prompts come at once and three workers take them in turn, one after another. */
  @Test
  void theBurstAtTheStartIsTheLongestWait() {
    RunSummary run = closedLoop(48, 3_000, 150);

    double service = 55.45 + 0.1464 * 3_000;
    double last = 48 / 3 * service;
    assertThat(run.ttft().max()).isBetween(last, last + 200);
  }

  @Test
  void prefillBoundLoopsServeWhatPrefillWorkersCompute() {
    EngineModel engine = Engines.named("qwen3-32b-h20");
    Synthetic load = new Synthetic(3_000, 10, null);
    ServingRun serving = new ServingRun(Engines.disaggregated(engine, 1, 1, 1), Policies.KV, 1);
    RunRecord run = serving.run(new ClosedLoop(8, load.requests(2_000, 1), 0), _ -> {});

    double service = 55.45 + 4 * 0.1464 * 3_000;
    assertClose(summary(run, 8).requestsPerSecond(), 1_000 / service);
  }

  @Test
  void theFivePartsAddUpToTheTimeToFirstToken() {
    RunSummary run = closedLoop(32, 500, 100);
    RunSummary.TtftParts parts = run.parts();

    assertThat(
            parts.queue()
                + parts.prefill()
                + parts.transfer()
                + parts.firstStep()
                + parts.frontend())
        .isCloseTo(run.ttft().mean(), within(1e-6 * run.ttft().mean()));
  }

  @Test
  void aWarmUpLeavesTheMeasuredLoopAlone() {
    Deployment deployment = Engines.disaggregated(Engines.named("qwen3-32b-h20"), 3, 4, 1);
    Synthetic load = new Synthetic(500, 50, null);
    ServingRun warm = new ServingRun(deployment, Policies.KV, 1);
    warm.run(new ClosedLoop(4, load.requests(8, 1), 0), _ -> {});
    RunRecord after = warm.run(new ClosedLoop(4, load.requests(40, 1), warm.nowNanos()), _ -> {});
    RunRecord alone =
        new ServingRun(deployment, Policies.KV, 1)
            .run(new ClosedLoop(4, load.requests(40, 1), 0), _ -> {});

    assertThat(summary(after, 4).ttft()).isEqualTo(summary(alone, 4).ttft());
    assertThat(after.pools()).isEqualTo(alone.pools());
  }

  @Test
  void sharedPrefixesAreHitWhereTheyWereComputed() {
    Deployment deployment = Engines.aggregated(Engines.named("dynamo-mocker"), 2);

    RunRecord run = open(deployment, conversations(400, 1));

    RunSummary summary = summary(run, 0);
    assertThat(summary.hits().blocks()).isGreaterThan(0.5);
    assertThat(summary.refused()).isZero();
    for (int request = 0; request < run.requests().size(); request++) {
      assertThat(run.requests().cachedTokens(request))
          .isLessThan(run.requests().inputTokens(request));
    }
  }

  @Test
  void withoutReuseNothingIsHit() {
    EngineModel engine = Engines.named("dynamo-mocker");
    Pool pool =
        new Pool(Role.AGGREGATED, 2, Engines.setup(engine, Role.AGGREGATED).withReuse(false));

    RunSummary run = summary(open(Engines.deployment(engine, pool), conversations(100, 1)), 0);

    assertThat(run.hits().tokens()).isZero();
  }

  @Test
  void everyRequestIsAnsweredThoughWorkersDie() {
    EngineModel engine = Engines.named("dynamo-mocker");
    for (long seed = 1; seed <= 5; seed++) {
      Deployment deployment =
          new Deployment(
              engine,
              List.of(new Pool(Role.AGGREGATED, 3, Engines.setup(engine, Role.AGGREGATED))),
              EventFaults.NONE,
              RouterRules.NONE,
              List.of(
                  new Failure(Role.AGGREGATED, 0, SECOND, 2 * SECOND),
                  new Failure(Role.AGGREGATED, 1, 3 * SECOND, Failure.FOR_GOOD)),
              Sla.NONE);

      RunRecord run = open(deployment, conversations(300, seed));

      RunSummary summary = summary(run, 0);
      assertThat(summary.refused()).as("seed %d", seed).isZero();
      assertThat(summary.restarts()).as("seed %d", seed).isPositive();
      for (int request = 0; request < run.requests().size(); request++) {
        boolean late = run.requests().arrivalNanos(request) > 3 * SECOND;
        String worker = run.targets().get(run.requests().promptTarget(request)).worker();
        assertThat(late && worker.equals("aggregated-00001")).isFalse();
      }
    }
  }

  @Test
  void preemptedRequestsAreAnsweredOnceThoughWorkersDie() {
    EngineModel engine = Engines.named("dynamo-mocker");
    PoolDefaults setup = Engines.setup(engine, Role.AGGREGATED);
    Pool pool = new Pool(Role.AGGREGATED, 2, setup.withLimits(setup.limits().withKvBlocks(60)));
    Failure failure = new Failure(Role.AGGREGATED, 0, 4 * SECOND, SECOND);
    Deployment deployment =
        new Deployment(
            engine, List.of(pool), EventFaults.NONE, RouterRules.NONE, List.of(failure), Sla.NONE);
    assertThat(pool.setup().limits().preemption()).isTrue();

    RunRecord run = open(deployment, conversations(300, 1, 200));

    RunSummary summary = summary(run, 0);
    assertThat(summary.preemptions()).isPositive();
    assertThat(summary.restarts()).isPositive();
    assertThat(summary.refused()).isZero();
    for (int request = 0; request < 300; request++) {
      assertThat(run.requests().firstTokenNanos(request))
          .isBetween(run.requests().promptEndNanos(request), run.requests().finishNanos(request));
    }
  }

  @Test
  void aFleetThatIsGoneRefuses() {
    EngineModel engine = Engines.named("dynamo-mocker");
    Deployment deployment =
        new Deployment(
            engine,
            List.of(new Pool(Role.AGGREGATED, 1, Engines.setup(engine, Role.AGGREGATED))),
            EventFaults.NONE,
            RouterRules.NONE,
            List.of(new Failure(Role.AGGREGATED, 0, SECOND, Failure.FOR_GOOD)),
            Sla.NONE);

    RunSummary run = summary(open(deployment, conversations(300, 1)), 0);

    assertThat(run.refused()).isBetween(1, 299);
  }

  @Test
  void lostAndLateEventsAreRepaired() {
    EngineModel engine = Engines.named("dynamo-mocker");
    Deployment deployment =
        new Deployment(
            engine,
            List.of(new Pool(Role.AGGREGATED, 3, Engines.setup(engine, Role.AGGREGATED))),
            new EventFaults(20_000_000, 0.2),
            RouterRules.NONE,
            List.of(),
            Sla.NONE);

    RunRecord run = open(deployment, conversations(400, 1));

    assertThat(run.resyncs()).isPositive();
    assertThat(summary(run, 0).hits().blocks()).isGreaterThan(0.4);
  }

  @Test
  void theSameSeedGivesTheSameRun() {
    Deployment deployment = Engines.aggregated(Engines.named("dynamo-mocker"), 4);

    RunSummary one = summary(open(deployment, conversations(300, 2)), 0);
    RunSummary other = summary(open(deployment, conversations(300, 2)), 0);

    assertThat(one).isEqualTo(other);
  }

  private static RunSummary closedLoop(int clients, int inputTokens, int outputTokens) {
    EngineModel engine = Engines.named("qwen3-32b-h20");
    Synthetic load = new Synthetic(inputTokens, outputTokens, null);
    ServingRun serving = new ServingRun(Engines.disaggregated(engine, 3, 4, 1), Policies.KV, 1);
    return summary(
        serving.run(new ClosedLoop(clients, load.requests(10 * clients, 1), 0), _ -> {}), clients);
  }

  private static RunRecord open(Deployment deployment, List<LoadRequest> requests) {
    ServingRun serving = new ServingRun(deployment, Policies.KV, 1);
    return serving.run(new OpenLoop(requests.iterator(), new Timing.ByTimestamp(1)), _ -> {});
  }

  private static RunSummary summary(RunRecord run, int clients) {
    return RunSummary.of(run, clients, 0, frontend(run), Sla.NONE);
  }

  private static double frontend(RunRecord run) {
    return (run.requests().answeredNanos(0) - run.requests().finishNanos(0)) / 1e6;
  }

  private static void assertClose(double actual, double expected) {
    assertThat(actual).isCloseTo(expected, within(TENTH_OF_A_PERCENT * expected));
  }

  /** Eight growing conversations, 40 requests a second. */
  private static List<LoadRequest> conversations(int count, long seed) {
    return conversations(count, seed, 20);
  }

  private static List<LoadRequest> conversations(int count, long seed, int outputTokens) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] turns = new int[8];
    List<LoadRequest> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int conversation = random.nextInt(turns.length);
      int blocks = 4 + turns[conversation]++ % 20;
      long[] localHashes = new long[blocks];
      for (int block = 0; block < blocks; block++) {
        localHashes[block] = 1_000L * conversation + block + 1;
      }
      all.add(
          new LoadRequest(
              i * SECOND / 40, new Prompt(blocks * 64 + 10, localHashes), outputTokens, "", 0));
    }
    return all;
  }
}
