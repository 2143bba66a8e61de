package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.router.route.Disaggregation;
import dev.warmpath.router.route.Links;
import dev.warmpath.router.route.LoadLimits;
import dev.warmpath.router.route.ModelRouting;
import dev.warmpath.router.route.Policies;
import dev.warmpath.router.route.Preference;
import dev.warmpath.router.route.RoutingSettings;
import dev.warmpath.router.route.SessionAffinity;
import dev.warmpath.router.route.WaitingLimits;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoutingYamlTest {
  private static final Disaggregation DISAGGREGATION =
      new Disaggregation(
          Disaggregation.When.EFFECTIVE_ISL,
          10,
          3,
          4_096,
          0.5,
          new Links(List.of(new Links.Link("rack", 100), new Links.Link("zone", 12.5)), 1),
          0.5);

  @Test
  void everyFieldIsReadAndAModelInheritsWhatItDoesNotName() throws Exception {
    RoutingSettings settings =
        parse(
            """
            draining: [gpu-a, gpu-b]
            defaults:
              policy: least_loaded
              temperature: 0.25
              stale_index: exclude
              session_affinity: hard
              session_ttl_seconds: 1.5
              required_labels: {zone: a, rack: 7}
              preferred_labels:
                - {name: rack, value: 7, weight: 2.5}
                - {name: gpu, value: h200}
              disaggregation:
                when: effective_isl
                max_local_prefill_length: 10
                max_prefill_queue_size: 3
                effective_isl_tokens: 4096
                effective_isl_ratio: 0.5
                links:
                  - {label: rack, gigabytes_per_second: 100}
                  - {label: zone, gigabytes_per_second: 12.5}
                far_gigabytes_per_second: 1
                decode_ms_per_block: 0.5
              limits:
                max_kv_share: 0.95
                max_queued_prefill_tokens: 100000
                max_queued_prefill_steps: 4
                max_batch_share: 1.5
            models:
              llama:
                policy: random
                limits: {max_kv_share: 0.5}
              qwen:
                stale_index: report
                required_labels: {}
                preferred_labels: []
                temperature: 0
                session_affinity: "off"
            """);

    LoadLimits limits = new LoadLimits(0.95, 100_000, 4, 1.5);
    Map<String, String> labels = Map.of("zone", "a", "rack", "7");
    List<Preference> preferences =
        List.of(new Preference("rack", "7", 2.5), new Preference("gpu", "h200", 1));
    assertThat(settings.drainingWorkers()).containsExactlyInAnyOrder("gpu-a", "gpu-b");
    assertThat(settings.model("any"))
        .isEqualTo(
            new ModelRouting(
                Policies.LEAST_LOADED,
                0.25,
                labels,
                preferences,
                true,
                limits,
                SessionAffinity.HARD,
                1_500_000_000L,
                DISAGGREGATION));
    assertThat(settings.model("llama"))
        .isEqualTo(
            new ModelRouting(
                Policies.RANDOM,
                0.25,
                labels,
                preferences,
                true,
                new LoadLimits(0.5, 100_000, 4, 1.5),
                SessionAffinity.HARD,
                1_500_000_000L,
                DISAGGREGATION));
    assertThat(settings.model("qwen"))
        .isEqualTo(
            new ModelRouting(
                Policies.LEAST_LOADED,
                0,
                Map.of(),
                List.of(),
                false,
                limits,
                SessionAffinity.OFF,
                1_500_000_000L,
                DISAGGREGATION));
  }

  @Test
  void requestsWaitWhereTheSettingsSaySoAndOtherModelsAsInTheDefaults() throws Exception {
    RoutingSettings settings =
        parse(
            """
            defaults:
              waiting: {max_requests: 100, max_wait_ms: 2500}
            models:
              llama:
                waiting: {max_requests: 0}
            """);
    assertThat(settings.model("any").waiting()).isEqualTo(new WaitingLimits(100, 2_500_000_000L));
    assertThat(settings.model("llama").waiting()).isEqualTo(new WaitingLimits(0, 2_500_000_000L));
  }

  @ParameterizedTest
  @CsvSource(value = {"''", "'# nothing'", "'draining: []'", "'models:'"})
  void whatIsNotNamedIsAsWithoutAFile(String text) throws Exception {
    assertThat(parse(text).model("m")).isEqualTo(ModelRouting.of(Policies.KV));
    assertThat(parse(text).drainingWorkers()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "drain: [a] | drain is no field here; there are: defaults, draining, models",
        "draining: a | draining must be a list: a",
        "draining: [{a: b}] | draining must be plain text: {a=b}",
        "defaults: [] | defaults must be a mapping of fields: []",
        "defaults: {waiting: {max_requests: -1}} | defaults.waiting.max_requests",
        "defaults: {waiting: {max_wait_ms: 600001}} | defaults.waiting.max_wait_ms",
        "defaults: {policy: best} | defaults.policy must be one of kv,",
        "defaults: {policy: [kv]} | defaults.policy must be plain text: [kv]",
        "models: {m: {stale_index: ignore}} | models.m.stale_index must be one of report, exclude",
        "models: {m: {limit: 1}} | models.m.limit is no field here; there are:",
        "models: {m: {limits: {max_kv_share: 0}}} | models.m.limits.max_kv_share must be a number",
        "defaults: {limits: {max_kv_share: .inf}} | max_kv_share must be a number above 0:"
            + " Infinity",
        "defaults: {limits: {max_batch_share: many}} | max_batch_share must be a number above 0:"
            + " many",
        "defaults: {limits: {max_queued_prefill_tokens: -1}} | must be a whole number, 0 or more:"
            + " -1",
        "defaults: {limits: {max_queued_prefill_tokens: 1.5}} | must be a whole number, 0 or more:"
            + " 1.5",
        "defaults: {limits: {max_queued_prefill_tokens: 99999999999999999999}} | whole number",
        "defaults: {required_labels: {zone: [a]}} | defaults.required_labels.zone must be plain"
            + " text",
        "defaults: {temperature: -1} | defaults.temperature must be a number from 0.0 to 100.0: -1",
        "defaults: {session_affinity: firm} | session_affinity must be one of off, soft, hard:"
            + " firm",
        "defaults: {session_ttl_seconds: 0} | session_ttl_seconds must be a number from 1.0",
        "defaults: {preferred_labels: {zone: a}} | preferred_labels must be a list",
        "defaults: {preferred_labels: [a]} | preferred_labels[0] must be a mapping of fields: a",
        "defaults: {preferred_labels: [{name: a, weight: 0}]} | preferred_labels[0].weight must be",
        "defaults: {disaggregation: {when: never}} | disaggregation.when must be one of always,",
        "defaults: {disaggregation: {links: [{label: a, gigabytes_per_second: 0}]}} | links[0].gig",
        "defaults: {disaggregation: {max_prefill_queue_size: 0}} | max_prefill_queue_size must be"
            + " 1",
        "defaults: {disaggregation: {max_local_prefill_length: 1e3}} | must be a whole number",
        "defaults: {disaggregation: {effective_isl_ratio: 2}} | must be a number from 0.0 to 1.0:"
            + " 2",
        "models: {m: {}, m: {}} | line 1: is not YAML: found duplicate key m",
        "'a: b: c' | line 1: is not YAML",
        "just text | the file must be a mapping of fields: just text",
      })
  void aMistakeIsNamedWithItsPathAndValue(String text, String complaint) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(RoutingFileException.class)
        .message()
        .startsWith("routing.yaml: ")
        .contains(complaint);
  }

  private static RoutingSettings parse(String text) throws RoutingFileException {
    return RoutingYaml.parse("routing.yaml", text, Policies.KV);
  }
}
