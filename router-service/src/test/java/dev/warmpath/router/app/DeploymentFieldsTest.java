package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.MAP;

import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.deploy.DeploymentYaml;
import dev.warmpath.router.replay.report.DeploymentFields;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class DeploymentFieldsTest {
  @Test
  void theFieldsAreADeploymentFileAgain() {
    Deployment deployment =
        read(
            """
            engine: deepseek-v3.2-gb200-dep8
            pools:
              prefill: {workers: 2, ranks: 4, kv_blocks: 3000, slots: 7, host_cache_blocks: 900,
                host_fetch_ms_per_block: 0.4, shared_queue: false, labels: {zone: x, kind: [spot, kept]}}
              decode: {workers: 3, tp: 2, labels: {zone: x}}
            router:
              required_labels: {zone: x}
              preferred_labels: [{name: kind, value: kept, weight: 0.5}]
              event_delay_ms: 12.5
              event_loss: 0.01
              temperature: 0.25
              session_affinity: soft
              session_ttl_seconds: 30
              limits: {max_kv_share: 0.9, max_queued_prefill_tokens: 9000, max_queued_prefill_steps: 3,
                max_batch_share: 2}
              waiting: {max_requests: 50, max_wait_ms: 1500}
            failures:
              - {pool: decode, worker: 1, at_s: 30, for_s: 7.5}
              - {pool: prefill, worker: 0, at_s: 60}
            sla: {ttft_ms: 2000}
            """);

    assertThat(read(new JsonMapper().writeValueAsString(DeploymentFields.of(deployment))))
        .isEqualTo(deployment);
  }

  @Test
  void theFieldsOfPoolsWithLinksAreADeploymentFileAgain() {
    Deployment deployment =
        read(
            """
            engine: deepseek-v3.2-gb200-dep8
            pools:
              prefill: {workers: 2, kv_bytes_per_block: 3600000000, labels: {rack: [a, b]}}
              decode: {workers: 2, labels: {rack: [b, c]}}
            router:
              limits: {max_queued_prefill_tokens: 3000000000}
              disaggregation:
                links: [{label: rack, gigabytes_per_second: 50}]
                far_gigabytes_per_second: 0.0001
            """);

    assertThat(deployment.promptPool().wiring().kvBytesPerBlock()).isEqualTo(3_600_000_000L);
    assertThat(deployment.rules().limits().maxQueuedPrefillTokens()).isEqualTo(3_000_000_000L);
    assertThat(read(new JsonMapper().writeValueAsString(DeploymentFields.of(deployment))))
        .isEqualTo(deployment);
  }

  @Test
  void whatNobodyGaveIsThereToo() {
    Map<String, Object> fields =
        DeploymentFields.of(read("{engine: dynamo-mocker, pools: {aggregated: {workers: 4}}}"));

    assertThat(fields).doesNotContainKeys("failures", "sla");
    assertThat(fields.get("pools"))
        .asInstanceOf(MAP)
        .extractingByKey("aggregated")
        .asInstanceOf(MAP)
        .containsEntry("slots", 256)
        .containsEntry("step_tokens", 8_192)
        .containsEntry("kv_blocks", 16_384)
        .containsEntry("block_size", 64)
        .containsEntry("reuse", true);
  }

  private static Deployment read(String text) {
    return DeploymentYaml.parse("d.yaml", text, EngineFiles::read, List.of()).deployment();
  }
}
