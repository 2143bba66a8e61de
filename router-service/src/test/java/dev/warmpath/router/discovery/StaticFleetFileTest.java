package dev.warmpath.router.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.warmpath.indexer.event.RepeatedStores;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.router.fleet.CostCoefficients;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.KvHandOver;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.testing.ReleasingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StaticFleetFileTest {
  private static final String W0 =
      "  - {worker_id: w0, address: 'h0:1', model: llama, block_size: 64, ranks: 2}\n";
  private static final String W1 =
      "  - {worker_id: w1, address: 'h1:1', model: llama, block_size: 64, ranks: 1}\n";

  @TempDir Path folder;
  private final FleetRegistry registry = new FleetRegistry(8, new ReleasingListener());
  private final DiscoveryCounters counters = new DiscoveryCounters();
  private Path file = Path.of("fleet.yaml");

  @BeforeEach
  void placeFile() {
    file = folder.resolve("fleet.yaml");
  }

  @Test
  void everyFieldIsRead() throws Exception {
    Files.writeString(
        file,
        """
        workers:
          - worker_id: w0
            address: "10.0.0.1:8000"
            model: llama
            role: prefill
            block_size: 32
            ranks: 2
            kv_blocks_per_rank: 70000
            max_batch_requests: 256
            max_batch_tokens: 8192
            lora_names: [sql, law]
            tiers: [device, TIER_HOST]
            labels: {zone: a, rack: 7}
            incarnation: 9
            eagle: true
            prefill_tokens_per_second: 8400
            prefill_ms_per_request: 3.5
            host_fetch_ms_per_block: 0.5
            disk_fetch_ms_per_block: 2
            decode_interference: 0.1
            repeated_stores: told_again
            kv_events: none
        """);
    try (StaticFleetFile fleet = load()) {
      assertThat(workers())
          .containsOnly(
              new Worker(
                  "w0",
                  "10.0.0.1:8000",
                  "llama",
                  Role.PREFILL,
                  32,
                  2,
                  70_000,
                  256,
                  8192,
                  Set.of("sql", "law"),
                  Set.of(Tier.DEVICE, Tier.HOST),
                  Map.of("zone", "a", "rack", "7"),
                  9,
                  true,
                  false,
                  KvHandOver.UNKNOWN,
                  RepeatedStores.TOLD_AGAIN,
                  false,
                  new CostCoefficients(8_400, 3.5, 0.5, 2, 0.1)));
      assertThat(fleet.state().listed()).isTrue();
    }
  }

  @Test
  void aChangedFileIsTakenOver() throws Exception {
    write(W0);
    try (StaticFleetFile _ = load()) {
      write(W0 + W1);
      awaitWorkers("w0", "w1");
      write(W1);
      awaitWorkers("w1");
    }
  }

  @Test
  void aFileThatIsSwappedByALinkIsTakenOver() throws Exception {
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    Files.writeString(first, "workers:\n" + W0);
    Files.writeString(second, "workers:\n" + W1);
    Files.createSymbolicLink(file, first);
    try (StaticFleetFile _ = load()) {
      Path link = Files.createSymbolicLink(folder.resolve("link"), second);
      Files.move(link, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
      awaitWorkers("w1");
    }
  }

  @Test
  void theBlockSizeOfAWholeModelCanChange() throws Exception {
    write(W0 + W1);
    try (StaticFleetFile _ = load()) {
      write((W0 + W1).replace("64", "32"));
      await().until(() -> workers().stream().allMatch(worker -> worker.blockSize() == 32));
      awaitWorkers("w0", "w1");
      assertThat(counters.refused(RefusalKind.DOES_NOT_FIT)).isZero();
    }
  }

  @Test
  void aBadFileLaterKeepsTheLastGoodFleet() throws Exception {
    write(W0);
    try (StaticFleetFile fleet = load()) {
      write(W0 + "  - {worker_id: w1}\n");
      await().until(() -> counters.refused(RefusalKind.BAD_FILE) == 1);
      assertThat(ids()).containsExactly("w0");
      assertThat(fleet.state().connected()).isFalse();

      Files.delete(file);
      await().until(() -> counters.refused(RefusalKind.BAD_FILE) == 2);
      assertThat(ids()).containsExactly("w0");

      write(W1);
      awaitWorkers("w1");
      assertThat(fleet.state().connected()).isTrue();
    }
  }

  @Test
  void moreTargetsThanTheLimitAreAnErrorAtTheStart() throws Exception {
    write(W0.replace("ranks: 2", "ranks: 9"));
    assertThatThrownBy(this::load)
        .isInstanceOf(FleetFileException.class)
        .hasMessageStartingWith(file + ": worker 'w0': ranks 9 would exceed the limit");
  }

  @Test
  void aMissingFileIsAnErrorAtTheStart() {
    assertThatThrownBy(this::load).hasMessage(file + ": no such file");
  }

  static List<Mistake> mistakes() {
    return List.of(
        new Mistake("", ": is empty, must have 'workers:'"),
        new Mistake("workers: [", " line 1: is not YAML: "),
        new Mistake("- a\n", " line 1: must have one key, 'workers', with a list of workers"),
        new Mistake("worker: []\n", " line 1: must have one key"),
        new Mistake("workers:\n  - w0\n", " line 2: a worker must be a mapping of fields"),
        new Mistake("workers:\n" + W0 + W0, " line 3: worker_id 'w0' is given twice"),
        new Mistake(
            "workers:\n" + W0 + W1.replace("64", "32"),
            " line 3: block_size 32 of worker 'w1' differs from the 64 of worker 'w0', same"),
        new Mistake("workers:\n" + W0.replace("ranks", "rank"), " line 2: unknown field 'rank'"),
        new Mistake(
            "workers:\n" + W0.replace("ranks", "model"), " line 2: field 'model' is given twice"),
        new Mistake(
            """
            workers:
              - worker_id: w0
                address: a
                model: m
                ranks: 1
                block_size: 99999
            """,
            " line 6: block_size must be 1 to 65536: 99999"),
        new Mistake(
            "workers:\n  - worker_id: w0\n    block_size: many\n",
            " line 3: block_size must be a whole number: \"many\""),
        new Mistake(
            "workers:\n  - worker_id: w0\n    tiers: [[device]]\n",
            " line 3: tiers must not be nested this deep"),
        new Mistake(
            "workers:\n  - worker_id: w0\n", " line 2: field 'model' is missing: model must"),
        new Mistake(
            "workers:\n" + W0.replace(", ranks: 2", ""),
            " line 2: field 'ranks' is missing: ranks must be 1 to 1024: 0"));
  }

  record Mistake(String text, String message) {}

  @ParameterizedTest
  @MethodSource("mistakes")
  void aBadFileAtTheStartIsAnErrorThatNamesTheLine(Mistake mistake) throws IOException {
    Files.writeString(file, mistake.text());
    assertThatThrownBy(this::load)
        .isInstanceOf(FleetFileException.class)
        .hasMessageStartingWith(file + mistake.message());
    assertThat(workers()).isEmpty();
  }

  private StaticFleetFile load() throws FleetFileException {
    StaticFleetFile fleet = new StaticFleetFile(file, registry, counters, Duration.ofMillis(20));
    fleet.start();
    return fleet;
  }

  private void write(String workers) throws IOException {
    Path next = Files.writeString(folder.resolve("next"), "workers:\n" + workers);
    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  private void awaitWorkers(String... ids) {
    await().untilAsserted(() -> assertThat(ids()).containsExactly(ids));
  }

  private List<String> ids() {
    return workers().stream().map(Worker::id).toList();
  }

  private List<Worker> workers() {
    return registry.current().targets().stream().map(Target::worker).distinct().toList();
  }
}
