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

  @Test
  void waitingThatLetsNobodyWaitIsRefusedOnceTheDefaultsAreKnown() throws Exception {
    String inherited = "defaults: {waiting: {max_requests: 5, max_wait_ms: 9}}\nmodels:\n  m:\n";

    assertThat(parse(inherited + "    waiting: {max_requests: 7}").model("m").waiting())
        .isEqualTo(new WaitingLimits(7, 9_000_000));
    assertRefused(
        inherited + "    waiting: {max_wait_ms: 0}",
        "routing.yaml:4: models.m.waiting.max_wait_ms must be given and above 0 beside"
            + " max_requests 5");
    assertRefused(
        "defaults:\n  waiting: {max_requests: 100}",
        "routing.yaml:2: defaults.waiting.max_wait_ms must be given and above 0 beside"
            + " max_requests 100");
    assertRefused(
        "models: {m: {waiting: {max_wait_ms: 5}}}",
        "routing.yaml:1: models.m.waiting.max_requests is missing");
  }

  @Test
  void aModelMayAddLinksToTheSpeedOfTheDefaults() throws Exception {
    RoutingSettings settings =
        parse(
            """
            defaults: {disaggregation: {far_gigabytes_per_second: 2}}
            models:
              m:
                disaggregation: {links: [{label: rack, gigabytes_per_second: 50}]}
            """);

    assertThat(settings.model("m").disaggregation().links())
        .isEqualTo(new Links(List.of(new Links.Link("rack", 50)), 2));
  }

  private static void assertRefused(String text, String complaint) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(RoutingFileException.class)
        .hasMessage(complaint);
  }

  @ParameterizedTest
  @CsvSource(value = {"''", "'# nothing'", "'draining: []'", "'models:'", "'models: {m: }'"})
  void whatIsNotNamedIsAsWithoutAFile(String text) throws Exception {
    assertThat(parse(text).model("m")).isEqualTo(ModelRouting.of(Policies.KV));
    assertThat(parse(text).drainingWorkers()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "drain: [a] | 1: drain is no field: choose from defaults, models, draining",
        "draining: a | 1: draining must be a list, was 'a'",
        "draining: [b, {a: b}] | 1: draining[1] must be a text, was fields",
        "defaults: [] | 1: defaults must be fields out of policy, stale_index, required_labels,",
        "defaults: {limit: 1} | 1: defaults.limit is no field: choose from policy, stale_index,"
            + " required_labels, preferred_labels, temperature, session_affinity,"
            + " session_ttl_seconds, limits, waiting, disaggregation",
        "defaults: {waiting: {max_requests: -1}} | 1: defaults.waiting.max_requests must be a whole"
            + " number from 0 to 100000, was '-1'",
        "defaults: {waiting: {max_requests: 1.5, max_wait_ms: 5}} | max_requests must be a whole"
            + " number from 0 to 100000, was '1.5'",
        "defaults: {waiting: {max_wait_ms: 600001}} | max_wait_ms must be a number from 0 to"
            + " 600000",
        "defaults: {waiting: } | 1: defaults.waiting must be fields out of max_requests,",
        "defaults: {policy: best} | 1: defaults.policy must be one of kv, round_robin,",
        "defaults: {policy: [kv]} | lmetric, direct, was a list",
        "models: {m: {stale_index: ignore}} | models.m.stale_index must be one of report, exclude",
        "models: {m: {limit: 1}} | models.m.limit is no field: choose from",
        "models: {m: {limits: {max_kv_share: 0}}} | models.m.limits.max_kv_share must be a number",
        "defaults: {limits: {max_kv_share: .inf}} | max_kv_share must be a number above 0, was"
            + " '.inf'",
        "defaults: {limits: {max_batch_share: many}} | max_batch_share must be a number above 0,"
            + " was 'many'",
        "defaults: {limits: {max_queued_prefill_tokens: -1}} | must be a whole number from 0 to"
            + " 9223372036854775807, was '-1'",
        "defaults: {limits: {max_queued_prefill_tokens: 1.5}} | must be a whole number from 0",
        "defaults: {limits: {max_queued_prefill_tokens: 99999999999999999999}} | whole number",
        "defaults: {required_labels: {zone: [a]}} | defaults.required_labels.zone must be a text,"
            + " was a list",
        "defaults: {required_labels: {zone: }} | defaults.required_labels.zone must be a text, was"
            + " ''",
        "defaults: {required_labels: [zone]} | defaults.required_labels must be names with values",
        "defaults: {temperature: -1} | 1: defaults.temperature must be a number from 0 to 100, was"
            + " '-1'",
        "defaults: {session_affinity: firm} | session_affinity must be one of off, soft, hard, was"
            + " 'firm'",
        "defaults: {session_ttl_seconds: 0.5} | session_ttl_seconds must be a number from 1 to"
            + " 31536000, was '0.5'",
        "defaults: {preferred_labels: {zone: a}} | preferred_labels must be a list, was fields",
        "defaults: {preferred_labels: [a]} | preferred_labels[0] must be fields out of name, value",
        "defaults: {preferred_labels: [{weight: 1}]} | preferred_labels[0].name is missing",
        "defaults: {preferred_labels: [{name: a}]} | preferred_labels[0].value is missing",
        "defaults: {preferred_labels: [{name: a, value: b, weight: 0}]} |"
            + " preferred_labels[0].weight must be a number above 0, at most 10, was '0'",
        "defaults: {disaggregation: {when: never}} | disaggregation.when must be one of always,",
        "defaults: {disaggregation: {links: [{label: a, gigabytes_per_second: 0}]}} | links[0].gig",
        "defaults: {disaggregation: {links: [{gigabytes_per_second: 5}]}} |"
            + " defaults.disaggregation.links[0].label is missing",
        "defaults: {disaggregation: {links: [{label: a}]}} |"
            + " defaults.disaggregation.links[0].gigabytes_per_second is missing",
        "defaults: {disaggregation: {links: [{label: a, gigabytes_per_second: 5}]}} |"
            + " defaults.disaggregation.far_gigabytes_per_second is missing beside links",
        "defaults: {disaggregation: {links: [{label: a, gigabytes_per_second: 5}, {label: a,"
            + " gigabytes_per_second: 6}]}} | links[1].label must be that of one link alone, was"
            + " 'a'",
        "defaults: {disaggregation: {max_prefill_queue_size: 0}} |"
            + " defaults.disaggregation.max_prefill_queue_size must be a whole number from 1 to"
            + " 2147483647, was '0'",
        "defaults: {disaggregation: {max_local_prefill_length: 1e3}} | must be a whole number",
        "defaults: {disaggregation: {effective_isl_ratio: 2}} | must be a number from 0 to 1, was"
            + " '2'",
        "models: {m: {}, m: {}} | 1: models.m is given twice",
        "'a: b: c' | 1: is not YAML",
        "just text | 1: the file must be fields out of defaults, models, draining, was 'just text'",
      })
  void aMistakeIsNamedWithItsLinePathAndValue(String text, String complaint) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(RoutingFileException.class)
        .message()
        .startsWith("routing.yaml:")
        .contains(complaint);
  }

  private static RoutingSettings parse(String text) throws RoutingFileException {
    return RoutingYaml.parse("routing.yaml", text, Policies.KV);
  }
}
