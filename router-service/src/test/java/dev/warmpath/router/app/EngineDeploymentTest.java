package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.deploy.EventFaults;
import dev.warmpath.router.replay.deploy.Pool;
import dev.warmpath.router.replay.study.Dimension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

final class EngineDeploymentTest {
  private static final String AGGREGATED =
      """
      engine: dynamo-mocker
      pools:
        aggregated: {workers: 2, ranks: 1, kv_blocks: 4096, slots: 8, reuse: false}
      router: {event_delay_ms: 3, event_loss: 0.5}
      """;

  private static final String DISAGGREGATED =
      """
      engine: qwen3-32b-h20
      pools:
        prefill: {workers: 3, tp: 4, slots: 1, shared_queue: false, reuse: false}
        decode: {workers: 1, tp: 4, slots: 7, reuse: false}
      """;

  @TempDir Path folder = Path.of("");

  @Test
  void aFileAloneIsTakenAsItIs() throws IOException {
    Pool pool = read(AGGREGATED).promptPool();

    assertThat(pool.setup().ranks()).isEqualTo(1);
    assertThat(pool.setup().limits().kvBlocks()).isEqualTo(4_096);
    assertThat(pool.setup().limits().slots()).isEqualTo(8);
    assertThat(pool.setup().reuse()).isFalse();
    assertThat(read(AGGREGATED).events()).isEqualTo(new EventFaults(3_000_000, 0.5));
  }

  @Test
  void aFlagGoesBeforeTheValueOfTheFile() throws IOException {
    assertChanged(5, pool -> pool.setup().ranks(), "--ranks", "5");
    assertChanged(2_048, pool -> pool.setup().limits().kvBlocks(), "--blocks", "2048");
    assertChanged(3, pool -> pool.setup().limits().slots(), "--slots", "3");
    assertChanged(true, pool -> pool.setup().reuse(), "--reuse", "on");
  }

  private void assertChanged(Object value, Function<Pool, Object> field, String... flags)
      throws IOException {
    Pool pool = read(AGGREGATED, flags).promptPool();
    assertThat(field.apply(pool)).as(String.join(" ", flags)).isEqualTo(value);
    assertThat(pool.workers()).isEqualTo(2);
  }

  @Test
  void aDelayByFlagLeavesTheLossOfTheFile() throws IOException {
    assertThat(read(AGGREGATED, "--event-delay-ms", "0").events())
        .isEqualTo(new EventFaults(0, 0.5));
  }

  @Test
  void aFlagChangesThePoolsThatHaveSuchAValue() throws IOException {
    Deployment changed = read(DISAGGREGATED, "--prefill-tp", "8", "--slots", "9", "--reuse", "on");

    assertThat(changed.promptPool().setup().tp()).isEqualTo(8);
    assertThat(changed.promptPool().setup().limits().slots()).isEqualTo(1);
    assertThat(changed.promptPool().setup().reuse()).isTrue();
    assertThat(changed.decodePool().setup().tp()).isEqualTo(4);
    assertThat(changed.decodePool().setup().limits().slots()).isEqualTo(9);
    assertThat(changed.decodePool().setup().reuse()).isFalse();
  }

  @Test
  void withoutReuseNoPoolKeepsAnything() throws IOException {
    String cached = DISAGGREGATED.replace("slots: 7, reuse: false", "slots: 7, reuse: true");

    assertThat(read(cached).decodePool().setup().reuse()).isTrue();
    assertThat(read(cached, "--reuse", "on").decodePool().setup().reuse()).isTrue();
    Deployment off = read(cached, "--reuse", "off");
    assertThat(off.pools()).noneMatch(pool -> pool.setup().reuse());
    assertThat(Dimension.REUSE.apply(read(cached), "off").pools())
        .noneMatch(pool -> pool.setup().reuse());
  }

  @Test
  void aFileListsPoliciesOfThisRouterAndOfOthers() throws IOException {
    String listed = AGGREGATED.replace("router: {", "router: {policies: [kv, dynamo], ");

    assertThat(read(listed).events()).isEqualTo(new EventFaults(3_000_000, 0.5));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(listed.replace("dynamo]", "kvv]")))
        .withMessage(
            folder.resolve("fleet.yaml")
                + ":4: router.policies[1] must be one of kv, round_robin, random, power_of_two,"
                + " least_loaded, lmetric, dynamo, sglang_cache_aware, llm_d, preble, was 'kvv'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --engine                  | vllm-v1-h20 | engine
          --workers                 | 2           | pools.aggregated.workers
          --prefill-workers         | 2           | pools.prefill.workers
          --decode-workers          | 2           | pools.decode.workers
          --host-cache-blocks       | 5           | host_cache_blocks of a pool
          --host-fetch-ms-per-block | 0.5         | host_fetch_ms_per_block of a pool
          """)
  void aFlagThatTheFileMustSayItselfIsRefused(String flag, String value, String field) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(AGGREGATED, flag, value))
        .withMessage(
            "%s cannot be given with --deployment: set %s in the file".formatted(flag, field));
  }

  @Test
  void gpusOfPrefillWorkersAreRefusedWhereThereAreNone() {
    String complaint = "--prefill-tp 2 is for prefill workers, and there are none";

    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(AGGREGATED, "--prefill-tp", "2"))
        .withMessage(complaint);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("--engine", "dynamo-mocker", "--workers", "1", "--prefill-tp", "2"))
        .withMessage(complaint);
  }

  @Test
  void aWrongValueBesideAFileIsNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(AGGREGATED, "--slots", "0"))
        .withMessage("--slots must be at least 1, was 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(AGGREGATED, "--reuse", "maybe"))
        .withMessage("--reuse must be on or off, was maybe");
  }

  private Deployment read(String yaml, String... flags) throws IOException {
    Path file = Files.writeString(folder.resolve("fleet.yaml"), yaml);
    return parse(
        Stream.concat(Stream.of("--deployment", file.toString()), Stream.of(flags))
            .toArray(String[]::new));
  }

  private static Deployment parse(String... args) throws IOException {
    StudyFlags flags = new StudyFlags();
    new CommandLine(flags).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(args);
    return new EngineDeployment(flags.engine, flags.workers, flags.ranks, flags.blocks)
        .read()
        .deployment();
  }
}
