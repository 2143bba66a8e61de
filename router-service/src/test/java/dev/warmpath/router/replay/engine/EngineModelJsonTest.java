package dev.warmpath.router.replay.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.router.fleet.Role;
import org.junit.jupiter.api.Test;

final class EngineModelJsonTest {
  private static final String GOOD =
      """
      {
        "name": "mine",
        "provenance": {"source": "measured here", "hold_out": "3 %"},
        "frontend_ms": 5,
        "prefill": {"per_token_ms": 0.1, "reference_tp": 4},
        "decode": {"base_ms": 20},
        "pools": {
          "prefill": {"tp": 4, "slots": 1, "prompts_per_step": 1, "shared_queue": true},
          "decode": {"tp": 4, "slots": 64}
        }
      }
      """;

  @Test
  void readsConstantsProvenanceAndPools() {
    EngineModel engine = EngineModelJson.read("mine.json", GOOD);

    assertThat(engine.name()).isEqualTo("mine");
    assertThat(engine.provenance()).isEqualTo(new Provenance("measured here", "3 %"));
    assertThat(engine.pool(Role.AGGREGATED)).isNull();
    PoolDefaults decode = engine.pool(Role.DECODE);
    assertThat(decode).isNotNull();
    assertThat(decode.limits().slots()).isEqualTo(64);
  }

  @Test
  void halfTheGpusOfAWorkerTakeTwiceTheTimeAToken() {
    EngineModel engine = EngineModelJson.read("mine.json", GOOD);
    PoolDefaults prefill = engine.pool(Role.PREFILL);
    assertThat(prefill).isNotNull();

    assertThat(engine.promptMillis(Role.PREFILL, prefill, 1_000)).isEqualTo(100);
    assertThat(engine.promptMillis(Role.PREFILL, prefill.withTp(2), 1_000)).isEqualTo(200);
  }

  @Test
  void saysWhatIsWrongInATable() {
    String constants = "{\"base_ms\": 20}";
    assertComplaint(
        constants,
        "{\"sequences\": [1, 8], \"context_tokens\": [512], \"ms\": [[20]]}",
        "decode.ms must have a row for each of the 2 sequences, each with a time for each of the"
            + " 1");
    assertComplaint(
        constants,
        "{\"context_tokens\": [512], \"ms\": [[20]]}",
        "mine.json: decode.sequences is missing");
    assertComplaint(
        constants,
        "{\"sequences\": [1], \"context_tokens\": [512], \"ms\": [20]}",
        "decode.ms must be a list of lists of numbers");
    assertComplaint(
        constants,
        "{\"sequences\": [1], \"context_tokens\": [5], \"ms\": [[20]], \"base_ms\": 20}",
        "decode.base_ms is unknown here; known are admission_ms, context_tokens, kv_tokens, ms,"
            + " seq");
    assertComplaint(
        "{\"per_token_ms\": 0.1, \"reference_tp\": 4}",
        "{\"tokens\": [100, 50], \"ms\": [9, 9], \"reference_tp\": 4}",
        "mine.json: prefill.tokens must rise, was 50.0 after 100.0");
    assertComplaint(
        "{\"per_token_ms\": 0.1, \"reference_tp\": 4}",
        "{\"tokens\": [50, 100], \"ms\": [9, 9]}",
        "mine.json: prefill.reference_tp is missing");
    assertComplaint(
        "{\"per_token_ms\": 0.1, \"reference_tp\": 4}",
        "{\"per_token_ms\": -1}",
        "mine.json: prefill.per_token_ms must not be negative, was -1.0");
  }

  @Test
  void saysWhichConstantOfAggregatedWorkersIsWrong() {
    String file =
        """
        {"name": "e", "provenance": {"source": "s", "hold_out": "n"},
         "aggregated": {"per_token_ms": -1, "decode": {"base_ms": 20}},
         "pools": {"aggregated": {}}}\
        """;
    assertThatThrownBy(() -> EngineModelJson.read("e.json", file))
        .hasMessage("e.json: aggregated.per_token_ms must not be negative, was -1.0");
  }

  @Test
  void aTableOfPromptsScalesWithTheGpusThatWereMeasured() {
    String table =
        """
        {"tokens": [500, 1000], "context_tokens": [0, 4000], "ms": [[60, 90], [100, 140]],
         "reference_tp": 4}\
        """;
    EngineModel engine =
        EngineModelJson.read(
            "mine.json", GOOD.replace("{\"per_token_ms\": 0.1, \"reference_tp\": 4}", table));
    PoolDefaults prefill = engine.pool(Role.PREFILL);
    assertThat(prefill).isNotNull();

    assertThat(engine.promptMillis(Role.PREFILL, prefill, 1_000)).isEqualTo(100);
    assertThat(engine.promptMillis(Role.PREFILL, prefill, 750)).isEqualTo(80);
    assertThat(engine.promptMillis(Role.PREFILL, prefill.withTp(2), 1_000)).isEqualTo(200);
    PromptSteps time = ((EngineModel.Dense) engine.times()).prefill();
    assertThat(time).isNotNull();
    assertThat(time.millis(1_000, 1_000 * 4_000 + 1_000 * 999 / 2, 4)).isEqualTo(140);
  }

  @Test
  void saysWhichFieldIsWrong() {
    assertComplaint("\"frontend_ms\": 5", "\"frontend_ms\": -5", "mine.json: frontend_ms must not");
    assertComplaint("\"frontend_ms\": 5", "\"frontend\": 5", "mine.json: frontend is unknown here");
    assertComplaint("\"base_ms\": 20", "\"base_ms\": true", "decode.base_ms must be a number");
    assertComplaint("\"base_ms\": 20", "", "mine.json: decode.base_ms is missing");
    assertComplaint(
        "\"slots\": 64", "\"slots\": 0", "pools.decode.slots must be a whole number from 1, was 0");
    assertComplaint("\"hold_out\": \"3 %\"", "\"hold_out\": \"\"", "provenance needs");
    assertComplaint(
        "\"decode\": {\"tp\": 4, \"slots\": 64}",
        "\"aggregated\": {}",
        "decode must be given both");
    assertComplaint("\"name\": \"mine\",", "\"name\": ,", "mine.json:2: not JSON");
  }

  private static void assertComplaint(String good, String bad, String complaint) {
    assertThat(GOOD).contains(good);
    assertThatThrownBy(() -> EngineModelJson.read("mine.json", GOOD.replace(good, bad)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(complaint);
  }
}
