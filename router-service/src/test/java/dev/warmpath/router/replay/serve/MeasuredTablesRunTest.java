package dev.warmpath.router.replay.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.replay.deploy.Pool;
import dev.warmpath.router.replay.deploy.Sla;
import dev.warmpath.router.replay.engine.EngineModel;
import dev.warmpath.router.replay.engine.EngineModelJson;
import dev.warmpath.router.replay.load.ClosedLoop;
import dev.warmpath.router.replay.load.Synthetic;
import dev.warmpath.router.replay.report.RunSummary;
import dev.warmpath.router.route.Policies;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An engine of tables that were taken from constants serves as those constants do. */
final class MeasuredTablesRunTest {
  private static final String PREFILL =
      "{\"base_ms\": 50, \"per_token_ms\": 0.2, \"per_token_context_ms\": 0, \"reference_tp\": 1}";
  private static final String PREFILL_TABLE =
      "{\"tokens\": [0, 400, 2000], \"ms\": [50, 130, 450], \"reference_tp\": 1}";
  private static final String DECODE =
      "{\"base_ms\": 20, \"per_sequence_ms\": 0.5, \"per_context_token_ms\": 0.001}";

  /** 20 + B / 2 + B * context / 1000. */
  private static final String BY_SEQUENCES =
      """
      {"sequences": [1, 5, 40], "context_tokens": [100, 900],
       "ms": [[20.6, 21.4], [23, 27], [44, 76]]}\
      """;

  /** The same, over B * context and context: B / 2 is their ratio, which no table of these has. */
  private static final String BY_KV_TOKENS =
      """
      {"kv_tokens": [0, 100000], "context_tokens": [1], "ms": [[20], [120]]}\
      """;

  private static final String DECODE_WITHOUT_SEQUENCES =
      "{\"base_ms\": 20, \"per_context_token_ms\": 0.001}";

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 24})
  void disaggregated(int clients) {
    String pools =
        "{\"prefill\": {\"slots\": 1, \"prompts_per_step\": 1}, \"decode\": {\"slots\": 32}}";
    assertSame(
        play(engine("\"prefill\": %s, \"decode\": %s".formatted(PREFILL, DECODE), pools), clients),
        play(
            engine("\"prefill\": %s, \"decode\": %s".formatted(PREFILL_TABLE, BY_SEQUENCES), pools),
            clients));
  }

  @Test
  void aggregated() {
    String pools = "{\"aggregated\": {\"slots\": 16, \"step_tokens\": 512}}";
    assertSame(
        play(
            engine(
                """
                "aggregated": {"base_ms": 50, "per_token_ms": 0.2, "per_sequence_ms": 1, "decode": %s}\
                """
                    .formatted(DECODE),
                pools),
            24),
        play(
            engine(
                """
                "aggregated": {"prefill": %s, "per_sequence_ms": 1, "decode": %s}\
                """
                    .formatted(PREFILL_TABLE, BY_SEQUENCES),
                pools),
            24));
  }

  @Test
  void byKvTokens() {
    String pools =
        "{\"prefill\": {\"slots\": 1, \"prompts_per_step\": 1}, \"decode\": {\"slots\": 32}}";
    String times = "\"prefill\": %s, \"decode\": %s";
    assertSame(
        play(engine(times.formatted(PREFILL, DECODE_WITHOUT_SEQUENCES), pools), 24),
        play(engine(times.formatted(PREFILL, BY_KV_TOKENS), pools), 24));
  }

  private static EngineModel engine(String times, String pools) {
    return EngineModelJson.read(
        "e.json",
        """
        {"name": "e", "provenance": {"source": "s", "hold_out": "none"}, %s, "pools": %s}\
        """
            .formatted(times, pools));
  }

  private static RunSummary play(EngineModel engine, int clients) {
    boolean aggregated = engine.pool(Role.AGGREGATED) != null;
    Pool[] pools =
        aggregated
            ? new Pool[] {new Pool(Role.AGGREGATED, 2, Engines.setup(engine, Role.AGGREGATED))}
            : new Pool[] {
              new Pool(Role.PREFILL, 2, Engines.setup(engine, Role.PREFILL)),
              new Pool(Role.DECODE, 1, Engines.setup(engine, Role.DECODE))
            };
    ServingRun serving = new ServingRun(Engines.deployment(engine, pools), Policies.KV, 1);
    Synthetic load = new Synthetic(700, 150, null);
    RunRecord run = serving.run(new ClosedLoop(clients, load.requests(200, 1), 0), _ -> {});
    return RunSummary.of(run, clients, 0, 0, Sla.NONE);
  }

  private static void assertSame(RunSummary constants, RunSummary tables) {
    assertThat(tables.ttft().mean()).isCloseTo(constants.ttft().mean(), within(1e-3));
    assertThat(tables.ttft().p99()).isCloseTo(constants.ttft().p99(), within(1e-3));
    assertThat(tables.tpot().mean()).isCloseTo(constants.tpot().mean(), within(1e-3));
    assertThat(tables.e2e().max()).isCloseTo(constants.e2e().max(), within(1e-2));
    assertThat(tables.requestsPerSecond())
        .isCloseTo(constants.requestsPerSecond(), within(1e-6 * constants.requestsPerSecond()));
  }
}
