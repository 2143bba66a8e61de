package dev.warmpath.router.app;

import static dev.warmpath.router.fleet.Workers.silent;
import static dev.warmpath.router.fleet.Workers.worker;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.replay.EngineSpeed;
import dev.warmpath.router.replay.ReplayOptions;
import dev.warmpath.router.replay.SynthesisOptions;
import dev.warmpath.router.replay.SynthesisOptions.Arrivals;
import dev.warmpath.router.replay.Trace;
import dev.warmpath.router.replay.TraceSynthesizer;
import dev.warmpath.router.route.Policies;
import dev.warmpath.router.workersim.EngineClock;
import dev.warmpath.router.workersim.FrontendOptions;
import dev.warmpath.router.workersim.LiveReport;
import dev.warmpath.router.workersim.TraceFrontend;
import dev.warmpath.v1.Candidate;
import dev.warmpath.v1.OverlapKind;
import dev.warmpath.v1.RouteReply;
import dev.warmpath.v1.RouteRequest;
import dev.warmpath.v1.RouterGrpc;
import dev.warmpath.v1.RouterGrpc.RouterBlockingStub;
import dev.warmpath.v1.Target;
import dev.warmpath.v1.TargetName;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The router and simulated workers in one process, as in {@code warmpath demo}. */
class EmbeddedSystemTest {
  private static final int WORKERS = 3;
  private static final int RANKS = 2;
  private static final int BLOCK_SIZE = 64;
  private static final int REQUESTS = 200;
  private static final double SPEEDUP = 20;
  private static final long SEED = 3;
  private static final HostPort ANY_PORT = new HostPort("127.0.0.1", 0);

  @Test
  void everyRequestIsAnsweredTheIndexEqualsTheCachesAndNoLoadIsLeft() throws Exception {
    Trace trace =
        TraceSynthesizer.trace(
            new SynthesisOptions(REQUESTS, BLOCK_SIZE, Arrivals.POISSON, 8, 10, 1, 20, 5, SEED));
    EngineClock clock = new EngineClock(System::nanoTime, SPEEDUP);
    AtomicInteger ended = new AtomicInteger();
    try (RouterNode router = RouterNode.start(options(), new SplittableRandom(SEED));
        SimulatedFleet workers =
            SimulatedFleet.start(
                fleet(trace, 0.0),
                clock,
                new EmbeddedLinks(router.bus(), router.loads(), router.registry()))) {
      await().until(() -> router.freshTargets().size() == WORKERS * RANKS);
      await().until(() -> reportedTargets(router) == WORKERS * RANKS);

      LiveReport report = send(trace, router, clock, ended::incrementAndGet);

      assertThat(report.requests()).hasSize(REQUESTS);
      assertThat(report.answered()).isEqualTo(REQUESTS);
      assertThat(report.retried()).isZero();
      assertThat(ended).hasValue(REQUESTS);
      assertThat(report.tokenHitRate()).isPositive();
      awaitIndexEqualsCaches(router, workers);
      await().untilAsserted(() -> assertThat(router.ledger().openBookings()).isZero());
      router.registry().current().targets().forEach(target -> assertIdle(router, target.slot()));
      assertThat(router.ledger().expiredBookings()).isZero();
    }
  }

  @Test
  void eventsLostOnPurposeAreRepaired() throws Exception {
    Trace trace =
        TraceSynthesizer.trace(
            new SynthesisOptions(REQUESTS, BLOCK_SIZE, Arrivals.BURSTY, 16, 10, 1, 20, 5, SEED));
    EngineClock clock = new EngineClock(System::nanoTime, SPEEDUP);
    try (RouterNode router = RouterNode.start(options(), new SplittableRandom(SEED));
        SimulatedFleet workers =
            SimulatedFleet.start(
                fleet(trace, 0.2),
                clock,
                new EmbeddedLinks(router.bus(), router.loads(), router.registry()))) {
      await().until(() -> router.freshTargets().size() == WORKERS * RANKS);

      assertThat(send(trace, router, clock, () -> {}).answered()).isEqualTo(REQUESTS);

      assertThat(workers.lostBatches()).isPositive();
      awaitIndexEqualsCaches(router, workers);
      assertThat(router.ingest().counters().resyncsApplied()).isGreaterThan(WORKERS * RANKS);
    }
  }

  @Test
  void workersThatStopLeaveTheFleetAndTheIndex() throws Exception {
    EngineClock clock = new EngineClock(System::nanoTime, SPEEDUP);
    Trace trace =
        TraceSynthesizer.trace(
            new SynthesisOptions(10, BLOCK_SIZE, Arrivals.POISSON, 16, 10, 1, 20, 5, SEED));
    try (RouterNode router = RouterNode.start(options(), new SplittableRandom(SEED))) {
      EmbeddedLinks links = new EmbeddedLinks(router.bus(), router.loads(), router.registry());
      try (SimulatedFleet _ = SimulatedFleet.start(fleet(trace, 0.0), clock, links)) {
        assertThat(router.registry().current().targets()).hasSize(WORKERS * RANKS);
      }

      assertThat(router.registry().current().targets()).isEmpty();
      await().untilAsserted(() -> assertThat(router.ingest().targets()).isEmpty());
    }
  }

  @Test
  void theDemoComparesItsOwnWorkersWhenTheRouterHasOthers() throws Exception {
    Trace trace =
        TraceSynthesizer.trace(
            new SynthesisOptions(40, BLOCK_SIZE, Arrivals.POISSON, 16, 10, 1, 20, 5, SEED));
    EngineClock clock = new EngineClock(System::nanoTime, SPEEDUP);
    try (RouterNode router = RouterNode.start(options(), new SplittableRandom(SEED))) {
      EmbeddedLinks links = new EmbeddedLinks(router.bus(), router.loads(), router.registry());
      assertThat(router.registry().put(Worker.aggregated("other", "a:1", "n", 64, 1, 1))).isNull();

      LiveDemo.Outcome outcome = new LiveDemo(trace, router, clock).run(fleet(trace, 0.0), links);

      assertThat(outcome.report().answered()).isEqualTo(40);
      assertThat(outcome.equalCaches()).isEqualTo(WORKERS * RANKS);
    }
  }

  @Test
  void aWorkerWithoutEventsIsTakenToHoldWhatWasPlacedThere() throws Exception {
    try (RouterNode router = RouterNode.start(options(), new SplittableRandom(SEED))) {
      router.registry().put(silent(worker("a")));
      router.registry().put(worker("b"));
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", router.grpcPort()).usePlaintext().build();
      try {
        RouterBlockingStub stub = RouterGrpc.newBlockingStub(channel);
        RouteRequest request =
            RouteRequest.newBuilder()
                .setModel("m")
                .addAllBlockHashes(List.of(1L, 2L, 3L))
                .setPromptTokens(60)
                .setPinnedTarget(TargetName.newBuilder().setWorkerId("a"))
                .build();
        Target placed = stub.route(request).getTarget();
        stub.route(
            request.toBuilder().setPinnedTarget(TargetName.newBuilder().setWorkerId("b")).build());

        await()
            .untilAsserted(() -> {
              RouteReply reply = stub.explain(request).getDecision();
              assertThat(reply.getTarget()).isEqualTo(placed);
              assertThat(reply.getOverlap().getDeviceBlocks()).isEqualTo(3);
              assertThat(reply.getOverlap().getKind())
                  .isEqualTo(OverlapKind.OVERLAP_KIND_APPROXIMATE);
              assertThat(reply.getCandidates(0).getStale()).isFalse();
              assertThat(reply.getCandidates(0).hasIndexHeardAgeMs()).isFalse();
              for (Candidate other : reply.getCandidatesList()) {
                if (other.getTarget().getWorkerId().equals("b")) {
                  assertThat(other.getOverlap().getDeviceBlocks()).isZero();
                  assertThat(other.getOverlap().getKind())
                      .isEqualTo(OverlapKind.OVERLAP_KIND_EXACT);
                  assertThat(other.getStale()).isTrue();
                }
              }
            });
        assertThat(router.ingest().counters().placements()).isEqualTo(1);
      } finally {
        channel.shutdownNow();
      }
    }
  }

  private static LiveReport send(
      Trace trace, RouterNode router, EngineClock clock, Runnable onEachAnswer)
      throws InterruptedException {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", router.grpcPort()).usePlaintext().build();
    try (TraceFrontend frontend = new TraceFrontend(channel, clock, FrontendOptions.of("m"))) {
      return frontend.run(trace, onEachAnswer);
    } finally {
      channel.shutdownNow();
    }
  }

  private static void awaitIndexEqualsCaches(RouterNode router, SimulatedFleet workers) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() ->
            assertThat(router.indexDigests())
                .hasSize(WORKERS * RANKS)
                .isEqualTo(workers.digests()));
  }

  private static long reportedTargets(RouterNode router) {
    return router.registry().current().targets().stream()
        .filter(target -> router.ledger().reported(target.slot(), System.nanoTime()) != null)
        .count();
  }

  private static void assertIdle(RouterNode router, int slot) {
    assertThat(router.ledger().bookedRequests(slot)).isZero();
    assertThat(router.ledger().bookedBlocks(slot)).isZero();
    assertThat(router.ledger().bookedTokens(slot)).isZero();
    assertThat(router.ledger().queuedPrefillTokens(slot, System.nanoTime())).isZero();
  }

  @Test
  void aWorkerThatWaitedForASlotIsLetInOffTheIndexThread() throws Exception {
    LedgerLimits oneTarget = new LedgerLimits(1, 100, Duration.ofMinutes(1).toNanos());
    RouterOptions small =
        new RouterOptions(
            ANY_PORT,
            ANY_PORT,
            null,
            null,
            null,
            Policies.KV,
            null,
            oneTarget,
            IndexBounds.standard());
    Map<String, String> threads = new ConcurrentHashMap<>();
    try (RouterNode router = RouterNode.start(small, new SplittableRandom(SEED))) {
      FleetRegistry fleet = router.registry();
      fleet.put(Worker.aggregated("first", "a:1", "m", 64, 1, 1));
      assertThat(fleet.put(Worker.aggregated("waits", "a:1", "m", 64, 1, 1))).isNotNull();
      fleet.watch(now ->
          now.targets()
              .forEach(
                  target -> threads.put(target.worker().id(), Thread.currentThread().getName())));
      fleet.remove("first");

      await().until(() -> threads.containsKey("waits"));
      assertThat(threads).containsEntry("waits", "fleet-releases");
    }
  }

  private static RouterOptions options() {
    return new RouterOptions(
        ANY_PORT,
        ANY_PORT,
        null,
        null,
        null,
        Policies.KV,
        null,
        LedgerLimits.DEFAULT,
        IndexBounds.standard());
  }

  private static SimulatedFleetOptions fleet(Trace trace, double eventLossShare) {
    double prefillRate = ReplayOptions.prefillRate(trace, WORKERS * RANKS, 0.7);
    EngineSpeed speed =
        new EngineSpeed(prefillRate, Duration.ofMillis(10).toNanos(), EngineSpeed.UNLIMITED);
    return new SimulatedFleetOptions(
        "sim", WORKERS, RANKS, "m", BLOCK_SIZE, 3_000, speed, "127.0.0.1", eventLossShare, SEED);
  }
}
