package dev.warmpath.router.loads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.warmpath.indexer.ingest.NatsLink;
import dev.warmpath.indexer.ingest.NatsSettings;
import dev.warmpath.indexer.testing.NatsServerProcess;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.LoadReport;
import dev.warmpath.router.fleet.Workers;
import dev.warmpath.router.testing.ReleasingListener;
import dev.warmpath.v1.RankLoad;
import dev.warmpath.v1.WorkerLoad;
import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WorkerLoadIntakeTest {
  private final LoadLedger ledger = new LoadLedger(new LedgerLimits(8, 10, 100), 1);
  private final FleetRegistry registry = new FleetRegistry(8, new ReleasingListener());
  private final WorkerLoadIntake intake = new WorkerLoadIntake(registry::current, ledger, () -> 7);

  @BeforeEach
  void join() {
    registry.put(Workers.worker("other"));
    registry.put(Workers.worker("w", "m", 2));
  }

  @Test
  void aReportReachesTheSlotOfEachRank() {
    assertThat(intake.take(load(5, rank(0).setRunning(3).setWaiting(1), rank(1).setRunning(2))))
        .isNull();
    assertThat(ledger.activeRequests(slot(0), 7)).isEqualTo(4);
    assertThat(ledger.activeRequests(slot(1), 7)).isEqualTo(2);
    assertThat(intake.taken()).isEqualTo(2);
  }

  @Test
  void allFiguresArrive() {
    intake.take(
        load(5, rank(1).setRunning(3).setWaiting(1).setKvBlocksUsed(70).setQueuedPrefillTokens(0)));
    assertThat(ledger.reported(slot(1), 7)).isEqualTo(new LoadReport(3, 1, 70, 0, 5));
    intake.take(load(6, rank(1)));
    assertThat(ledger.reported(slot(1), 7))
        .isEqualTo(new LoadReport(0, 0, 0, LoadReport.UNKNOWN, 6));
  }

  @Test
  void anotherLifeOfTheWorkerIsRefusedAndCounted() {
    WorkerLoad other = load(5, rank(0).setRunning(3)).toBuilder().setIncarnation(9).build();
    assertThat(intake.take(other)).isEqualTo("no such target: w/0 in life 9");
    assertThat(ledger.activeRequests(slot(0), 7)).isZero();
    assertThat(intake.unknown()).isOne();
  }

  @Test
  void aRankThatDoesNotExistIsRefused() {
    assertThat(intake.take(load(5, rank(2)))).isEqualTo("no such target: w/2 in life 1");
  }

  @Test
  void aReportThatIsNotLaterIsRefusedAndCounted() {
    intake.take(load(5, rank(0)));
    assertThat(intake.take(load(5, rank(0))))
        .isEqualTo("time_unix_nanos 5 is not later than before");
    assertThat(intake.old()).isOne();
  }

  @Test
  void fieldsThatBreakTheirRuleAreNamed() {
    assertRefused(load(5, rank(0)).toBuilder().clearWorkerId(), "worker_id must have 1 to 256");
    assertRefused(load(5, rank(0)).toBuilder().clearIncarnation(), "incarnation must not be 0");
    assertRefused(load(0, rank(0)).toBuilder(), "time_unix_nanos must be above 0: 0");
    assertRefused(load(5).toBuilder(), "ranks must be 1 to 1024, are 0");
    assertRefused(load(5, rank(1_024)).toBuilder(), "ranks.rank must be 0 to 1023");
    assertRefused(load(5, rank(0), rank(0)).toBuilder(), "each once: 0");
    assertRefused(
        load(5, rank(0).setRunning(-1)).toBuilder(),
        "ranks.running must be 1000000 at most: 4294967295");
    assertRefused(load(5, rank(0).setWaiting(1_000_001)).toBuilder(), "ranks.waiting");
    assertRefused(load(5, rank(0).setKvBlocksUsed(-1)).toBuilder(), "ranks.kv_blocks_used");
    assertRefused(
        load(5, rank(0).setQueuedPrefillTokens(1L << 41)).toBuilder(),
        "ranks.queued_prefill_tokens");
    assertThat(intake.malformed()).isEqualTo(10);
    assertThat(intake.taken()).isZero();
  }

  @Test
  void reportsComeOverNatsAndRubbishIsCounted() throws IOException {
    try (NatsServerProcess server = NatsServerProcess.start();
        NatsLink worker = NatsLink.connect(NatsSettings.of(server.url(), "c", "worker"));
        NatsLink router = NatsLink.connect(NatsSettings.of(server.url(), "c", "router"));
        NatsWorkerLoads loads = new NatsWorkerLoads(router, intake)) {
      assertThat(LoadSubjects.ofWorker(worker, "w")).isEqualTo("warmpath.v1.load.c.w");
      worker.send(LoadSubjects.ofWorker(worker, "w"), new byte[] {1, 2, 3});
      await()
          .untilAsserted(() -> {
            worker.send(
                LoadSubjects.ofWorker(worker, "w"), load(5, rank(1).setRunning(6)).toByteArray());
            assertThat(ledger.activeRequests(slot(1), 7)).isEqualTo(6);
          });
      assertThat(loads.dropped()).isZero();
    }
  }

  private void assertRefused(WorkerLoad.Builder load, String why) {
    assertThat(intake.take(load.build())).contains(why);
  }

  private static RankLoad.Builder rank(int rank) {
    return RankLoad.newBuilder().setRank(rank);
  }

  private static WorkerLoad load(long time, RankLoad.Builder... ranks) {
    WorkerLoad.Builder load =
        WorkerLoad.newBuilder().setWorkerId("w").setIncarnation(1).setTimeUnixNanos(time);
    for (RankLoad.Builder rank : ranks) {
      load.addRanks(rank);
    }
    return load.build();
  }

  private int slot(int rank) {
    return registry.current().targets().stream()
        .filter(target -> target.worker().id().equals("w") && target.rank() == rank)
        .findFirst()
        .orElseThrow()
        .slot();
  }
}
