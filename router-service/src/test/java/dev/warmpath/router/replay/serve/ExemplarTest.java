package dev.warmpath.router.replay.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.deploy.Pool;
import dev.warmpath.router.replay.deploy.Sla;
import dev.warmpath.router.replay.engine.EngineModel;
import dev.warmpath.router.replay.load.LoadRequest;
import dev.warmpath.router.replay.load.OpenLoop;
import dev.warmpath.router.replay.load.Timing;
import dev.warmpath.router.replay.load.TraceBlocks;
import dev.warmpath.router.replay.load.TraceReader;
import dev.warmpath.router.replay.report.RunSummary;
import dev.warmpath.router.route.Policies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The two published runs of the exemplar on GB200; skipped where its trace is not. */
final class ExemplarTest {
  private static final Path TRACE =
      Path.of("..", "..", "shared", "traces", "exemplar_10000_reconstruction.jsonl.gz");
  private static final EngineModel ENGINE = Engines.named("deepseek-v3.2-gb200-dep8");

  @Test
  void disaggregatedWithKvRouting() throws IOException {
    RunSummary run = run(Engines.disaggregated(ENGINE, 2, 1, 2), Policies.KV);

    assertThat(run.requestsPerSecond()).isCloseTo(1.96, within(0.01 * 1.96));
    assertThat(run.ttft().mean()).isCloseTo(3_860, within(0.06 * 3_860));
    assertThat(run.ttft().p50()).isCloseTo(2_340, within(0.06 * 2_340));
    assertThat(run.ttft().p99()).isCloseTo(12_000, within(0.06 * 12_000));
    assertThat(run.tpot().mean()).isCloseTo(18.7, within(0.02 * 18.7));
    assertThat(run.overloaded()).isFalse();
  }

  @Test
  void aggregatedInTurnWithoutReuseIsOverloaded() throws IOException {
    Pool pool =
        new Pool(Role.AGGREGATED, 4, Engines.setup(ENGINE, Role.AGGREGATED).withReuse(false));

    RunSummary run = run(Engines.deployment(ENGINE, pool), Policies.ROUND_ROBIN);

    assertThat(run.requestsPerSecond()).isCloseTo(1.67, within(0.02 * 1.67));
    assertThat(run.tpot().mean()).isCloseTo(413, within(0.02 * 413));
    assertThat(run.overloaded()).isTrue();
  }

  @Test
  void aggregatedInTurnWithReuseKeepsUp() throws IOException {
    RunSummary run = run(Engines.aggregated(ENGINE, 4), Policies.ROUND_ROBIN);

    assertThat(run.overloaded()).isFalse();
    assertThat(run.hits().blocks()).isCloseTo(0.215, within(0.005));
  }

  private static RunSummary run(Deployment deployment, Policies policy) throws IOException {
    assumeTrue(Files.isReadable(TRACE), () -> TRACE + " is not there");
    List<LoadRequest> requests = new ArrayList<>();
    try (TraceReader reader =
        TraceReader.open(List.of(TRACE), new TraceBlocks(512, deployment.blockSize()), false)) {
      reader.forEachRemaining(requests::add);
    }
    ServingRun serving = new ServingRun(deployment, policy, 1);
    OpenLoop arrivals = new OpenLoop(requests.iterator(), new Timing.ByTimestamp(1));
    return RunSummary.of(serving.run(arrivals, _ -> {}), 0, 0, ENGINE.frontendMs(), Sla.NONE);
  }
}
