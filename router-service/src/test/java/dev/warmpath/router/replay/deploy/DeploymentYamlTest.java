package dev.warmpath.router.replay.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.replay.engine.EngineModel;
import dev.warmpath.router.replay.engine.EngineModelJson;
import dev.warmpath.router.replay.engine.Offload;
import dev.warmpath.router.route.Disaggregation;
import dev.warmpath.router.route.Disaggregation.When;
import dev.warmpath.router.route.Links;
import dev.warmpath.router.route.LoadLimits;
import dev.warmpath.router.route.Preference;
import dev.warmpath.router.route.SessionAffinity;
import dev.warmpath.router.route.WaitingLimits;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DeploymentYamlTest {
  private static final EngineModel ENGINE =
      EngineModelJson.read(
          "e.json",
          """
          {
            "name": "e",
            "provenance": {"source": "s", "hold_out": "none"},
            "prefill": {"per_token_ms": 0.1},
            "decode": {"base_ms": 20},
            "pools": {"prefill": {"reuse": true, "kv_blocks": 100}, "decode": {"slots": 64}}
          }
          """);

  /** Its decode workers compute prompts, too. */
  private static final EngineModel MIXED =
      EngineModelJson.read(
          "e.json",
          """
          {
            "name": "e",
            "provenance": {"source": "s", "hold_out": "none"},
            "prefill": {"per_token_ms": 0.1},
            "decode": {"base_ms": 20},
            "aggregated": {"per_token_ms": 0.1, "decode": {"base_ms": 20}},
            "pools": {"prefill": {"reuse": true}, "decode": {}, "aggregated": {}}
          }
          """);

  private static final String GOOD =
      """
      engine: e
      pools:
        prefill:
          workers: 3
          kv_blocks: 50
        decode:
          workers: 2
          slots: 8
      router:
        policies: [kv, round_robin]
        event_delay_ms: 5
        event_loss: 0.01
      failures:
        - {pool: decode, worker: 1, at_s: 10, for_s: 2.5}
      sla:
        ttft_ms: 2000
        tpot_ms: 25
      """;

  @Test
  void readsPoolsRouterFailuresAndSla() {
    DeploymentYaml.Content content = parse(GOOD);
    Deployment deployment = content.deployment();

    assertThat(content.policies()).containsExactly("kv", "round_robin");
    assertThat(deployment.promptPool().workers()).isEqualTo(3);
    assertThat(deployment.promptPool().setup().limits().kvBlocks()).isEqualTo(50);
    assertThat(deployment.decodePool().setup().limits().slots()).isEqualTo(8);
    assertThat(deployment.events()).isEqualTo(new EventFaults(5_000_000, 0.01));
    assertThat(deployment.failures())
        .containsExactly(new Failure(Role.DECODE, 1, 10_000_000_000L, 2_500_000_000L));
    assertThat(deployment.sla()).isEqualTo(new Sla(2_000, 25, Double.POSITIVE_INFINITY));
  }

  @Test
  void readsWhatTheRouterGoesByBesideItsPolicy() {
    String rules =
        """
        event_loss: 0.01
          temperature: 0.5
          session_affinity: hard
          session_ttl_seconds: 90
          limits: {max_kv_share: 0.9, max_queued_prefill_tokens: 50000, max_queued_prefill_steps: 4,
            max_batch_share: 1.5}
          waiting: {max_requests: 100, max_wait_ms: 2500}
          disaggregation: {when: always, decode_ms_per_block: 0.25}\
        """;
    assertThat(parse(GOOD.replace("event_loss: 0.01", rules)).deployment().rules())
        .isEqualTo(
            new RouterRules(
                Map.of(),
                List.of(),
                0.5,
                SessionAffinity.HARD,
                90_000_000_000L,
                new LoadLimits(0.9, 50_000, 4, 1.5),
                new WaitingLimits(100, 2_500_000_000L),
                new Disaggregation(When.ALWAYS, 1_000, 2, 2_048, 0.7, Links.FREE, 0.25)));
    assertThat(parse(GOOD).deployment().rules()).isEqualTo(RouterRules.NONE);
  }

  @Test
  void saysLineFieldAndValueOfWrongRules() {
    assertRule(
        "temperature: 200",
        "d.yaml:13: router.temperature must be a number from 0 to 100, was '200'");
    assertRule("session_affinity: firm", "session_affinity must be one of off, soft, hard, was 'f");
    assertRule(
        "session_ttl_seconds: 0", "router.session_ttl_seconds must be a number from 1 to 31536000");
    assertRule(
        "limits: {max_kv_share: 0}",
        "d.yaml:13: router.limits.max_kv_share must be a number above 0, was '0'");
    assertRule(
        "limits: {max_kv: 1}",
        "d.yaml:13: router.limits.max_kv is no field: choose from max_kv_share");
    assertRule(
        "waiting: {max_requests: 5}",
        "router.waiting.max_wait_ms must be given and above 0 beside max_requests 5");
    assertRule("waiting: {max_wait_ms: 5}", "d.yaml:13: router.waiting.max_requests is missing");
    assertRule(
        "waiting: {max_requests: 5, max_wait_ms: 9e9}",
        "max_wait_ms must be a number from 0 to 600000, was '9e9'");
    assertRule(
        "disaggregation: {when: now}",
        "d.yaml:13: router.disaggregation.when must be one of always, local_pre");
    assertRule(
        "disaggregation: {effective_isl_ratio: 2}",
        "effective_isl_ratio must be a number from 0 to 1, was '2'");
    assertRule(
        "disaggregation: {max_prefill_queue_size: 0}",
        "must be a whole number from 1 to 2147483647, was '0'");
    assertRule(
        "disaggregation: {labels: x}", "d.yaml:13: router.disaggregation.labels is no field");
  }

  @Test
  void readsWhichPromptsDecodeWorkersCompute() {
    String rules =
        """
        event_loss: 0.01
          disaggregation: {when: local_prefill_length, max_local_prefill_length: 9,
            max_prefill_queue_size: 7, effective_isl_tokens: 8, effective_isl_ratio: 0.5}\
        """;
    String text = GOOD.replace("slots: 8", "step_tokens: 512").replace("event_loss: 0.01", rules);

    assertThat(parse(text, MIXED).deployment().rules().disaggregation())
        .isEqualTo(new Disaggregation(When.LOCAL_PREFILL_LENGTH, 9, 7, 8, 0.5, Links.FREE, 1));
    assertThatThrownBy(() -> parse(text, ENGINE))
        .hasMessage(
            "d.yaml:13: disaggregation when local_prefill_length makes decode workers compute"
                + " prompts: engine e has no times of such steps (aggregated)");
    assertThatThrownBy(() -> parse(text.replace("step_tokens: 512", "slots: 8"), MIXED))
        .hasMessageEndingWith("compute prompts: step_tokens of the decode pool is missing");
    assertThatThrownBy(() -> parse(text.replace("tokens: 512", "tokens: 8\n    slots: 8"), MIXED))
        .hasMessageEndingWith("step_tokens of the decode pool must be above its slots, 8, was 8");
    String shared = text.replace("kv_blocks: 50", "reuse: false\n    shared_queue: true");
    assertThatThrownBy(() -> parse(shared, MIXED))
        .hasMessage(
            "d.yaml:6: prompts that decode workers compute by local_prefill_length need"
                + " shared_queue false in pool prefill: its workers are one target to the router");
    assertThat(
            parse(shared.replace("when: local_prefill_length", "when: effective_isl"), MIXED)
                .policies())
        .isNotEmpty();
  }

  private static final String LINKED =
      """
      engine: e
      pools:
        prefill:
          workers: 3
          kv_bytes_per_block: 9000
          labels: {rack: [a, b], zone: z}
        decode:
          workers: 2
          labels: {rack: [b, c], zone: z}
      router:
        disaggregation:
          links:
            - {label: rack, gigabytes_per_second: 50}
            - {label: zone, gigabytes_per_second: 5}
          far_gigabytes_per_second: 0.5
      """;

  @Test
  void readsWhereWorkersAreAndHowFastTheirLinksAre() {
    Deployment deployment = parse(LINKED).deployment();

    assertThat(deployment.rules().disaggregation().links())
        .isEqualTo(new Links(List.of(new Links.Link("rack", 50), new Links.Link("zone", 5)), 0.5));
    assertThat(deployment.promptPool().wiring().kvBytesPerBlock()).isEqualTo(9_000);
    assertThat(deployment.promptPool().wiring().labels(3))
        .isEqualTo(Map.of("rack", "b", "zone", "z"));
  }

  @Test
  void linksNeedTheirSpeedsAndEachALabelOfItsOwn() {
    assertUnlinked(
        "zone, gigabytes_per_second: 5",
        "zone",
        "d.yaml:14: router.disaggregation.links[1].gigabytes_per_second is missing");
    assertUnlinked(
        "label: zone, ", "", "d.yaml:14: router.disaggregation.links[1].label is missing");
    assertUnlinked(
        "label: zone",
        "label: rack",
        "d.yaml:14: router.disaggregation.links[1].label must be that of one link alone, was"
            + " 'rack'");
    assertUnlinked(
        "    far_gigabytes_per_second: 0.5\n",
        "",
        "d.yaml:11: router.disaggregation.far_gigabytes_per_second is missing beside links");
    assertUnlinked(
        "second: 50",
        "second: 0",
        "d.yaml:13: router.disaggregation.links[0].gigabytes_per_second must be a number above 0,"
            + " was '0'");
  }

  @Test
  void bothPoolsHaveTheLabelsOfLinksWithAValueInCommonAndNoOthers() {
    assertUnlinked(
        "label: zone",
        "label: row",
        "d.yaml:6: labels of pool prefill have zone [z], which the router neither");
    assertUnlinked(
        "labels: {rack: [b, c], zone: z}",
        "labels: {rack: [b, c]}",
        "d.yaml:14: links name the label zone, which pool decode lacks");
    assertUnlinked(
        "rack: [b, c]",
        "rack: c",
        "d.yaml:13: links name the label rack, of which the pools share no value: [[a, b], [c]]");
    assertUnlinked(
        "rack: [a, b], zone", "zone", "d.yaml:13: links name the label rack, which pool prefill");
    assertUnlinked(
        "rack: [a, b]", "rack: ", "d.yaml:6: pools.prefill.labels.rack must be a text, was ''");
    assertUnlinked(
        "rack: [a, b]",
        "rack: []",
        "d.yaml:6: pools.prefill.labels.rack must be a text or a list of them, was a list");
    assertUnlinked(
        "zone: z}\n  decode",
        "rack: c}\n  decode",
        "d.yaml:6: pools.prefill.labels.rack is given twice");
  }

  @Test
  void bytesOfBlocksAreOfAPrefillPoolWithLinks() {
    String without =
        LINKED.substring(0, LINKED.indexOf("router:")).replaceAll("    labels.*\n", "");

    assertUnlinked(
        "    kv_bytes_per_block: 9000\n",
        "",
        "d.yaml:3: links need kv_bytes_per_block of the prefill pool");
    assertUnlinked(
        "bytes_per_block: 9000",
        "bytes_per_block: 0",
        "d.yaml:5: pools.prefill.kv_bytes_per_block must be a whole number from 1");
    assertUnlinked(
        "workers: 2",
        "workers: 2\n    kv_bytes_per_block: 7",
        "d.yaml:9: kv_bytes_per_block is for a prefill pool with links, was 7 of pool decode");
    assertThatThrownBy(() -> parse(without))
        .hasMessage(
            "d.yaml:5: kv_bytes_per_block is for a prefill pool with links, was 9000 of pool"
                + " prefill without links");
    assertThatThrownBy(
            () -> parse("engine: e\npools:\n  aggregated: {workers: 2, labels: {rack: a}}", MIXED))
        .hasMessage(
            "d.yaml:3: labels of pool aggregated have rack [a], which the router neither requires"
                + " nor prefers and no link names");
    assertThatThrownBy(() ->
            parse("engine: e\npools:\n  aggregated: {workers: 2, kv_bytes_per_block: 5}", MIXED))
        .hasMessageStartingWith("d.yaml:3: kv_bytes_per_block is for a prefill pool with links");
  }

  private static void assertUnlinked(String good, String bad, String complaint) {
    assertThat(LINKED).contains(good);
    assertThatThrownBy(() -> parse(LINKED.replace(good, bad)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(complaint);
  }

  @Test
  void readsWhichLabelsTheRouterGoesBy() {
    RouterRules rules =
        parse(
                labelled(
                    "required_labels: {zone: x}, preferred_labels: [{name: zone, value: y}, "
                        + "{name: zone, value: x, weight: 2}]"),
                MIXED)
            .deployment()
            .rules();

    assertThat(rules.requiredLabels()).containsExactly(Map.entry("zone", "x"));
    assertThat(rules.preferences())
        .containsExactly(new Preference("zone", "y", 1), new Preference("zone", "x", 2));
  }

  @Test
  void labelsThatTheRouterGoesByAreThoseOfWorkers() {
    assertLabels(
        "required_labels: {zone: z}",
        "d.yaml:4: required_labels leave nobody in pool aggregated: none of its workers has zone"
            + " z");
    assertLabels(
        "preferred_labels: [{name: zone, value: z}]",
        "d.yaml:4: preferred_labels name zone z, which no pool has");
    assertLabels(
        "preferred_labels: [{name: rack, value: x}]",
        "d.yaml:3: labels of pool aggregated have zone [x, y], which the router neither requires");
    assertLabels(
        "required_labels: {zone: y}",
        "d.yaml:4: required_labels leave nobody in pool aggregated",
        "workers: 2",
        "workers: 1");
  }

  private static String labelled(String rules) {
    return """
    engine: e
    pools:
      aggregated: {workers: 2, labels: {zone: [x, y]}}
    router: {%s}
    """
        .formatted(rules);
  }

  private static void assertLabels(String rules, String complaint) {
    assertLabels(rules, complaint, "", "");
  }

  private static void assertLabels(String rules, String complaint, String good, String bad) {
    assertThatThrownBy(() -> parse(labelled(rules).replace(good, bad), MIXED))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(complaint);
  }

  @Test
  void anAggregatedPoolSharesNoWork() {
    String text =
        """
        engine: e
        pools: {aggregated: {workers: 2}}
        router: {disaggregation: {when: cost}}
        """;

    assertThatThrownBy(() -> parse(text, MIXED))
        .hasMessage(
            "d.yaml:3: disaggregation is for a prefill and a decode pool: there is an aggregated"
                + " one");
  }

  private static void assertRule(String rule, String complaint) {
    assertComplaint("event_loss: 0.01", "event_loss: 0.01\n  " + rule, complaint);
  }

  @Test
  void readsHostMemoryOfAPoolThatComputesPrompts() {
    String host = "kv_blocks: 50\n    host_cache_blocks: 200\n    host_fetch_ms_per_block: 0.5";
    Deployment deployment = parse(GOOD.replace("kv_blocks: 50", host)).deployment();

    assertThat(deployment.promptPool().setup().offload()).isEqualTo(Offload.of(200, 0.5, 0, 0));
    assertThat(deployment.decodePool().setup().offload()).isEqualTo(Offload.NONE);
    assertThat(parse(GOOD).deployment().offloads()).isFalse();
  }

  @Test
  void saysLineFieldAndValueOfWrongHostMemory() {
    assertComplaint(
        "kv_blocks: 50",
        "host_cache_blocks: -1",
        "d.yaml:5: pools.prefill.host_cache_blocks must be a whole number from 0 to 2147483647, was"
            + " '-1'");
    assertComplaint(
        "kv_blocks: 50",
        "host_cache_blocks: 3000000000",
        "host_cache_blocks must be a whole number from 0 to 2147483647, was '3000000000'");
    assertComplaint(
        "kv_blocks: 50",
        "host_fetch_ms_per_block: 2",
        "d.yaml:3: pools.prefill.host_cache_blocks is missing beside host_fetch_ms_per_block 2");
    assertComplaint(
        "kv_blocks: 50",
        "host_cache_blocks: 9",
        "host_fetch_ms_per_block is missing beside host_cache_blocks 9");
    assertComplaint(
        "kv_blocks: 50",
        "host_cache_blocks: 9\n    host_fetch_ms_per_block: -1",
        "d.yaml:6: pools.prefill.host_fetch_ms_per_block must be a number, 0 or more, was '-1'");
    assertComplaint(
        "kv_blocks: 50",
        "host_cache_blocks: 9\n    host_fetch_ms_per_block: 70000",
        "host_fetch_ms_per_block must be a number from 0 to 60000, was 70000");
    assertComplaint(
        "kv_blocks: 50",
        "reuse: false\n    host_cache_blocks: 9\n    host_fetch_ms_per_block: 1",
        "host_cache_blocks needs reuse true: without it nothing is kept, was 9");
    assertComplaint(
        "slots: 8",
        "reuse: true\n    host_cache_blocks: 9\n    host_fetch_ms_per_block: 1",
        "host_cache_blocks is for prefill and aggregated pools, was 9 of decode workers");
  }

  @Test
  void readsTheDiskBehindAPool() {
    String both =
        "host_cache_blocks: 9\n    host_fetch_ms_per_block: 1\n    disk_cache_blocks: 70\n"
            + "    disk_fetch_ms_per_block: 2.5";

    assertThat(
            parse(GOOD.replace("kv_blocks: 50", both)).deployment().promptPool().setup().offload())
        .isEqualTo(Offload.of(9, 1, 70, 2.5));
    assertComplaint(
        "kv_blocks: 50",
        "disk_cache_blocks: 9",
        "disk_fetch_ms_per_block is missing beside disk_cache_blocks 9");
    assertComplaint(
        "slots: 8",
        "reuse: true\n    disk_cache_blocks: 9\n    disk_fetch_ms_per_block: 1",
        "disk_cache_blocks is for prefill and aggregated pools, was 9 of decode workers");
  }

  @Test
  void readsWhetherAnswersTakeMemoryAsTheyGrow() {
    String pools = "engine: e\npools:\n  aggregated: {workers: 2, kv_blocks: 9%s}\n";
    EngineModel engine =
        EngineModelJson.read(
            "e.json",
            """
            {
              "name": "e",
              "provenance": {"source": "s", "hold_out": "none"},
              "polynomial": {"prefill": [1, 1, 1], "decode": [1, 1, -1]},
              "pools": {"aggregated": {"preemption": true}}
            }
            """);

    assertThat(preempts(pools.formatted(""), engine)).isTrue();
    assertThat(preempts(pools.formatted(", preemption: false"), engine)).isFalse();
  }

  private static boolean preempts(String yaml, EngineModel engine) {
    return parse(yaml, engine).deployment().promptPool().setup().limits().preemption();
  }

  @Test
  void preemptionIsForThoseWhoComputeAndDecodeAndWaitApart() {
    assertComplaint(
        "slots: 8",
        "preemption: true",
        "preemption of the decode pool makes decode workers compute");
    assertComplaint(
        "kv_blocks: 50",
        "preemption: true",
        "preemption is for pools that decode: prefill workers");
    String text = GOOD.replace("slots: 8", "preemption: true\n    step_tokens: 512");
    assertThat(parse(text, MIXED).deployment().decodePool().setup().limits().preemption()).isTrue();
    assertComplaint(
        "kv_blocks: 50",
        "preemption: true\n    reuse: false\n    shared_queue: true",
        "preemption needs shared_queue false");
  }

  @Test
  void saysLineFieldAndValueOfWhatIsWrong() {
    assertComplaint(
        "workers: 3",
        "workers: 0",
        "d.yaml:4: pools.prefill.workers must be a whole number from 1");
    assertComplaint("workers: 3", "wrokers: 3", "d.yaml:4: pools.prefill.wrokers is no field");
    assertComplaint("    workers: 2\n", "", "d.yaml:6: pools.decode.workers is missing");
    assertComplaint(
        "slots: 8",
        "slots: many",
        "d.yaml:8: pools.decode.slots must be a whole number from 1 to 2147483647, was 'many'");
    assertComplaint(
        "event_loss: 0.01",
        "event_loss: 2",
        "d.yaml:12: router.event_loss must be a number from 0 to 1, was '2'");
    assertComplaint(
        "worker: 1,", "worker: 5,", "d.yaml:14: failures name worker 5 of decode, which has 2");
    assertComplaint("pool: decode", "pool: decoder", "d.yaml:14: failures[0].pool must be one of");
    assertComplaint(
        "ttft_ms: 2000", "ttft_ms: 0", "d.yaml:16: sla.ttft_ms must be a number above 0, was '0'");
    assertComplaint(
        "  decode:\n    workers: 2\n    slots: 8\n", "", "d.yaml:2: pools must be one aggregated");
    assertComplaint("  decode:", "  aggregated:", "not calibrated for aggregated workers");
    assertComplaint(
        "workers: 3", "workers: 5000", "d.yaml:2: workers times ranks must be at most 4096");
    assertComplaint(
        "workers: 3",
        "workers: 2147483647\n    ranks: 2147483647",
        "d.yaml:2: workers times ranks must be at most 4096 over all pools, was 46116860141");
    assertComplaint("kv_blocks: 50", "block_size: 50", "d.yaml:2: pools must have one block_size");
    assertComplaint("engine: e", "engine: [", "d.yaml:");
    assertComplaint("engine: e\n", "", "d.yaml:1: engine is missing");
    assertComplaint(
        "[kv, round_robin]",
        "[kv, kvv]",
        "d.yaml:10: router.policies[1] must be one of kv, round_robin, was 'kvv'");
  }

  private static void assertComplaint(String good, String bad, String complaint) {
    assertThat(GOOD).contains(good);
    assertThatThrownBy(() -> parse(GOOD.replace(good, bad)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("d.yaml:")
        .hasMessageContaining(complaint);
  }

  private static DeploymentYaml.Content parse(String text) {
    return parse(text, ENGINE);
  }

  private static DeploymentYaml.Content parse(String text, EngineModel engine) {
    return DeploymentYaml.parse("d.yaml", text, _ -> engine, List.of("kv", "round_robin"));
  }
}
