package dev.warmpath.router.replay.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.replay.Prompt;
import dev.warmpath.router.replay.SynthesisOptions;
import dev.warmpath.router.replay.SynthesisOptions.Arrivals;
import dev.warmpath.router.replay.TraceSynthesizer;
import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.deploy.EventFaults;
import dev.warmpath.router.replay.deploy.Failure;
import dev.warmpath.router.replay.deploy.Pool;
import dev.warmpath.router.replay.deploy.RouterRules;
import dev.warmpath.router.replay.deploy.Sla;
import dev.warmpath.router.replay.engine.EngineModel;
import dev.warmpath.router.replay.engine.Offload;
import dev.warmpath.router.replay.engine.PoolDefaults;
import dev.warmpath.router.replay.load.LoadRequest;
import dev.warmpath.router.replay.load.OpenLoop;
import dev.warmpath.router.replay.load.Timing;
import dev.warmpath.router.replay.report.RunSummary;
import dev.warmpath.router.route.Policies;
import java.util.List;
import org.junit.jupiter.api.Test;

final class OffloadRunTest {
  private static final EngineModel ENGINE = Engines.named("dynamo-mocker");
  private static final long SECOND = 1_000_000_000;

  @Test
  void hostMemoryFindsMoreAndAnswersSoonerOnATraceWithSessions() {
    List<LoadRequest> sessions = sessions();

    RunSummary without = summary(run(deployment(Offload.NONE, EventFaults.NONE), sessions));
    RunSummary with =
        summary(run(deployment(Offload.of(8_000, 0.5, 0, 0), EventFaults.NONE), sessions));

    assertThat(with.hits().blocks()).isGreaterThan(without.hits().blocks() + 0.05);
    assertThat(with.hits().host()).isPositive();
    assertThat(without.hits().host()).isZero();
    assertThat(with.ttft().mean()).isLessThan(without.ttft().mean());
  }

  @Test
  void aFetchTakesItsTimeInTheStepThatStartsThePrompt() {
    RequestTable free = alone(Offload.of(50, 0, 0, 0)).requests();
    RequestTable slow = alone(Offload.of(50, 7, 0, 0)).requests();

    assertThat(slow.hostBlocks(2)).isEqualTo(free.hostBlocks(2)).isEqualTo(10);
    assertThat(slow.cachedBlocks(2)).isEqualTo(10);
    assertThat(slow.ttftMs(2) - free.ttftMs(2)).isCloseTo(70, within(1e-3));
    assertThat(slow.ttftMs(1)).isEqualTo(free.ttftMs(1));
  }

  @Test
  void aFetchFromDiskTakesItsOwnTime() {
    RequestTable free = alone(Offload.of(4, 0, 50, 0)).requests();
    RequestTable slow = alone(Offload.of(4, 7, 50, 20)).requests();
    RequestTable diskOnly = alone(Offload.of(0, 0, 50, 20)).requests();

    assertThat(slow.hostBlocks(2)).isEqualTo(free.hostBlocks(2)).isEqualTo(4);
    assertThat(slow.diskBlocks(2)).isEqualTo(free.diskBlocks(2)).isEqualTo(6);
    assertThat(slow.cachedBlocks(2)).isEqualTo(10);
    assertThat(slow.expectedBlocks(2)).isEqualTo(10);
    assertThat(slow.ttftMs(2) - free.ttftMs(2)).isCloseTo(4 * 7 + 6 * 20, within(1e-3));
    assertThat(diskOnly.diskBlocks(2)).isEqualTo(10);
    assertThat(diskOnly.ttftMs(2) - free.ttftMs(2)).isCloseTo(10 * 20, within(1e-3));
  }

  @Test
  void diskBehindTheHostFindsMore() {
    RunSummary host =
        summary(run(deployment(Offload.of(500, 0.5, 0, 0), EventFaults.NONE), sessions()));
    RunSummary both =
        summary(run(deployment(Offload.of(500, 0.5, 8_000, 1), EventFaults.NONE), sessions()));

    assertThat(host.hits().disk()).isZero();
    assertThat(both.hits().disk()).isPositive();
    assertThat(both.hits().blocks()).isGreaterThan(host.hits().blocks() + 0.02);
  }

  @Test
  void theIndexIsRepairedThoughEventsOfAllTiersAreLostAndLate() {
    RunRecord run =
        run(
            deployment(Offload.of(1_000, 0.5, 1_000, 1), new EventFaults(5_000_000, 0.05)),
            sessions());

    assertThat(run.resyncs()).isPositive();
    assertThat(summary(run).hits().host()).isPositive();
  }

  @Test
  void aWorkerReturnsWithEmptyTiers() {
    Deployment deployment =
        new Deployment(
            ENGINE,
            List.of(pool(Offload.of(2_000, 0.5, 0, 0), 2, 1_000)),
            EventFaults.NONE,
            RouterRules.NONE,
            List.of(new Failure(Role.AGGREGATED, 0, 20 * SECOND, 5 * SECOND)),
            Sla.NONE);

    assertThat(summary(run(deployment, sessions())).refused()).isZero();
  }

  /** The second prompt drives the first off a device of ten blocks; the third asks the first. */
  private static RunRecord alone(Offload offload) {
    Deployment deployment = Engines.deployment(ENGINE, pool(offload, 1, 10));
    int tokens = 10 * deployment.blockSize();
    return run(
        deployment,
        List.of(
            new LoadRequest(0, prompt(tokens, 1), 1, "", 0),
            new LoadRequest(10 * SECOND, prompt(tokens, 2), 1, "", 0),
            new LoadRequest(20 * SECOND, prompt(tokens, 1), 1, "", 0)));
  }

  private static Prompt prompt(int tokens, long first) {
    long[] localHashes = new long[10];
    for (int i = 0; i < localHashes.length; i++) {
      localHashes[i] = 100 * first + i;
    }
    return new Prompt(tokens + 1, localHashes);
  }

  private static List<LoadRequest> sessions() {
    SynthesisOptions options =
        new SynthesisOptions(
            400,
            Engines.setup(ENGINE, Role.AGGREGATED).limits().blockSize(),
            Arrivals.POISSON,
            3,
            20,
            1,
            30,
            6,
            1);
    return TraceSynthesizer.trace(options).requests().stream()
        .map(request -> new LoadRequest(request.arrivalNanos(), request.prompt(), 20, "", 0))
        .toList();
  }

  private static Deployment deployment(Offload offload, EventFaults faults) {
    return new Deployment(
        ENGINE, List.of(pool(offload, 2, 1_000)), faults, RouterRules.NONE, List.of(), Sla.NONE);
  }

  private static Pool pool(Offload offload, int workers, int kvBlocks) {
    PoolDefaults setup = Engines.setup(ENGINE, Role.AGGREGATED);
    return new Pool(
        Role.AGGREGATED,
        workers,
        setup.withLimits(setup.limits().withKvBlocks(kvBlocks)).withOffload(offload));
  }

  private static RunRecord run(Deployment deployment, List<LoadRequest> requests) {
    ServingRun serving = new ServingRun(deployment, Policies.KV, 1);
    return serving.run(new OpenLoop(requests.iterator(), new Timing.ByTimestamp(1)), _ -> {});
  }

  private static RunSummary summary(RunRecord run) {
    return RunSummary.of(run, 0, 0, 0, Sla.NONE);
  }
}
