package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.replay.Trace;
import dev.warmpath.router.workersim.LiveReport;
import dev.warmpath.router.workersim.LiveRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The whole system over real servers, with faults. */
class EndToEndTest {
  private static final int WORKERS = 4;
  private static final double EVENT_LOSS = 0.02;

  /** Beyond the lease: how long etcd may take to notice, and the router to hear of it. */
  private static final Duration NOTICE = Duration.ofSeconds(3);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  @Test
  void everyRequestIsAnsweredAndTheIndexStaysTrueWhenEventsAreLostAndAWorkerIsKilled()
      throws Exception {
    Trace trace = Conversations.trace(10_000, 20, 11);
    int killed = WORKERS - 1;
    try (LiveSystem system = LiveSystem.start(folder, WORKERS, EVENT_LOSS)) {
      AtomicInteger answers = new AtomicInteger();
      long startNanos = system.clock.nowNanos();
      CompletableFuture<Long> leftAfterNanos =
          CompletableFuture.supplyAsync(() -> {
            await().atMost(Duration.ofMinutes(3)).until(() -> answers.get() >= 4_000);
            system.killWorker(killed);
            awaitLeft(system, killed);
            return system.clock.nowNanos() - startNanos;
          });

      LiveReport report = system.send(trace, answers::incrementAndGet);

      assertThat(report.answered()).as("answered").isEqualTo(10_000);
      long leftNanos = leftAfterNanos.join();
      assertThat(routedTo(LiveSystem.workerId(killed), trace, report, leftNanos)).isEmpty();
      assertThat(system.router.ingest().counters().resyncsApplied())
          .as("resyncs: one a target at its start, the others after lost events")
          .isGreaterThan((long) WORKERS * LiveSystem.RANKS);
      system.awaitIndexEqualsCaches((WORKERS - 1) * LiveSystem.RANKS);
      await().untilAsserted(() -> assertThat(system.router.ledger().openBookings()).isZero());
    }
  }

  @Test
  void routingNeverStopsWhileNatsIsAwayAndTheIndexIsTrueAgainAfterwards() throws Exception {
    Trace trace = Conversations.trace(3_000, 10, 12);
    try (LiveSystem system = LiveSystem.start(folder, WORKERS, EVENT_LOSS)) {
      AtomicInteger answers = new AtomicInteger();
      CompletableFuture<Integer> answersWhileAway =
          CompletableFuture.supplyAsync(() -> {
            await().atMost(Duration.ofMinutes(1)).until(() -> answers.get() >= 800);
            system.nats.kill();
            int before = answers.get();
            await().atMost(Duration.ofMinutes(1)).until(() -> answers.get() >= before + 600);
            system.nats.restart();
            return before;
          });

      LiveReport report = system.send(trace, answers::incrementAndGet);

      assertThat(answersWhileAway.join()).isLessThan(2_400);
      assertThat(report.answered()).as("answered").isEqualTo(3_000);
      assertThat(report.retried()).as("retried").isZero();
      system.awaitIndexEqualsCaches(WORKERS * LiveSystem.RANKS);
    }
  }

  /** Out of the fleet and out of the index, within the lease and a little more. */
  private static void awaitLeft(LiveSystem system, int worker) {
    String id = LiveSystem.workerId(worker);
    await()
        .atMost(Duration.ofSeconds(LiveSystem.LEASE_SECONDS).plus(NOTICE))
        .until(() ->
            system.router.registry().current().targets().stream()
                    .map(Target::worker)
                    .noneMatch(serving -> serving.id().equals(id))
                && system.router.ingest().targets().stream()
                    .noneMatch(target -> target.id().workerId().equals(id)));
  }

  private static List<LiveRequest> routedTo(
      String workerId, Trace trace, LiveReport report, long arrivedAfterNanos) {
    return IntStream.range(0, trace.requests().size())
        .filter(i -> trace.requests().get(i).arrivalNanos() > arrivedAfterNanos)
        .mapToObj(i -> report.requests().get(i))
        .filter(request -> request.workerId().equals(workerId))
        .toList();
  }
}
