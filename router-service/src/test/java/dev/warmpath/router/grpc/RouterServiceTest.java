package dev.warmpath.router.grpc;

import static dev.warmpath.router.fleet.Workers.worker;
import static dev.warmpath.router.grpc.LiveRouter.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.route.ModelRouting;
import dev.warmpath.router.route.Policies;
import dev.warmpath.router.route.RoutingSettings;
import dev.warmpath.v1.Attached;
import dev.warmpath.v1.Candidate;
import dev.warmpath.v1.CostTerm;
import dev.warmpath.v1.Failed;
import dev.warmpath.v1.Finished;
import dev.warmpath.v1.FirstToken;
import dev.warmpath.v1.FleetReply;
import dev.warmpath.v1.GetFleetRequest;
import dev.warmpath.v1.LifecycleReport;
import dev.warmpath.v1.Progress;
import dev.warmpath.v1.RouteReply;
import dev.warmpath.v1.RouteRequest;
import dev.warmpath.v1.RouterGrpc;
import dev.warmpath.v1.WorkerStatus;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RouterServiceTest {
  private LiveRouter live;
  private RouterGrpc.RouterBlockingStub router;

  @BeforeEach
  void start() throws Exception {
    live = new LiveRouter(100_000, worker("w1"), worker("w2", "m", 2));
    router = RouterGrpc.newBlockingStub(live.channel);
  }

  @AfterEach
  void stop() throws Exception {
    live.close();
  }

  @Test
  void aRequestGoesWhereItsPrefixIsAndSaysWhy() {
    live.hold("w1", 12);

    RouteReply reply = router.route(request(650));

    assertThat(reply.getTarget().getWorkerId()).isEqualTo("w1");
    assertThat(reply.getTarget().getAddress()).isEqualTo("w1:8000");
    assertThat(reply.hasPrefillTarget()).isFalse();
    assertThat(reply.getOverlap().getDeviceBlocks()).isEqualTo(12);
    assertThat(reply.getOverlap().getCachedTokens()).isEqualTo(192);
    assertThat(reply.getOverlap().getPromptBlocks()).isEqualTo(40);
    assertThat(reply.getOverlap().getPromptTokens()).isEqualTo(650);
    assertThat(reply.getPolicy()).isEqualTo("kv");
    assertThat(reply.getCandidatesList()).isEmpty();
    assertThat(reply.getReason())
        .matches(
            "kv: 12 of 40 blocks cached on w1/0, cost 458.2 \\(wait 0.0, prefill 458.0, .*\\);"
                + " next w2/[01] 650.0");
    assertThat(live.ledger.bookedRequests(live.slot("w1"))).isOne();
    assertThat(live.service.counters().routed()).containsEntry("kv", 1L);
    assertThat(live.service.counters().promptBlocks()).isEqualTo(40);
    assertThat(live.service.counters().overlapBlocks()).isEqualTo(12);
    assertThat(live.timedRoutes.sum()).isOne();
  }

  @Test
  void blockHashesFindTheSamePrefixAsTokens() {
    live.hold("w1", 3);
    long[] hashes = new long[4];
    new BlockHasher(16, false).localHashes(LiveRouter.tokens(64).toByteArray(), 1337L, hashes);
    RouteRequest.Builder request = RouteRequest.newBuilder().setModel("m").setPromptTokens(70);
    for (long hash : hashes) {
      request.addBlockHashes(hash);
    }

    assertThat(router.route(request.build()).getOverlap().getDeviceBlocks()).isEqualTo(3);
  }

  @Test
  void aPromptShorterThanABlockNeedsNoHashes() {
    RouteReply reply =
        router.route(RouteRequest.newBuilder().setModel("m").setPromptTokens(15).build());
    assertThat(reply.getOverlap().getPromptBlocks()).isZero();
  }

  @Test
  void theLongestPromptIsPlaced() {
    RouteReply reply = router.route(request(Fields.MAX_TOKENS));
    assertThat(reply.getOverlap().getPromptTokens()).isEqualTo(4_194_304);
  }

  @Test
  void aSaltOrAnAdapterHidesThePrefix() {
    live.hold("w1", 3);
    assertThat(overlapOf(request(64).toBuilder())).isEqualTo(3);
    assertThat(overlapOf(request(64).toBuilder().setCacheSalt("s"))).isZero();
    assertThat(overlapOf(request(64).toBuilder().setLoraName("l"))).isZero();
  }

  @Test
  void theSameRequestIdChoosesTheSameAmongEquals() {
    RouteRequest named = request(64).toBuilder().setRequestId("abc").setDryRun(true).build();
    RouteReply first = router.route(named);
    for (int i = 0; i < 20; i++) {
      assertThat(router.route(named).getTarget()).isEqualTo(first.getTarget());
    }
  }

  @Test
  void aPolicyOfTheRequestWinsOverTheRouters() {
    List<String> turns = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      RouteReply reply = router.route(request(64).toBuilder().setPolicy("round_robin").build());
      turns.add(reply.getTarget().getWorkerId() + "/" + reply.getTarget().getRank());
    }
    assertThat(turns).containsExactly("w1/0", "w2/0", "w2/1");
  }

  @Test
  void anExplanationShowsEveryCandidateAndBooksNothing() {
    live.hold("w1", 4);
    live.staleSlots.add(live.slot("w1"));

    RouteReply decision = router.explain(request(64)).getDecision();

    assertThat(decision.getBookingId()).isZero();
    assertThat(live.ledger.openBookings()).isZero();
    assertThat(decision.getCandidatesList()).hasSize(3);
    Candidate chosen = decision.getCandidates(0);
    assertThat(chosen.getChosen()).isTrue();
    assertThat(chosen.getStale()).isTrue();
    assertThat(chosen.getTarget()).isEqualTo(decision.getTarget());
    assertThat(chosen.getOverlap()).isEqualTo(decision.getOverlap());
    assertThat(chosen.getTermsList()).extracting(CostTerm::getName).startsWith("wait", "prefill");
    assertThat(decision.getReason()).contains("on w1/0 (index stale)");
  }

  @Test
  void aDryRunBooksNothing() {
    RouteReply reply = router.route(request(64).toBuilder().setDryRun(true).build());
    assertThat(reply.getBookingId()).isZero();
    assertThat(live.ledger.openBookings()).isZero();
    assertThat(live.service.counters().dryRuns()).isOne();
  }

  @Test
  void disaggregatedWorkersGiveBothTargets() throws Exception {
    try (LiveRouter split =
        new LiveRouter(10, worker("p", Role.PREFILL), worker("d", Role.DECODE))) {
      RouteReply reply = RouterGrpc.newBlockingStub(split.channel).route(request(64));
      assertThat(reply.getPrefillTarget().getWorkerId()).isEqualTo("p");
      assertThat(reply.getTarget().getWorkerId()).isEqualTo("d");
      assertThat(reply.getReason()).contains("cached on p/0").endsWith("; decode on d/0");
    }
  }

  @Test
  void reportsMoveTheLoadOfABooking() {
    long id = router.route(request(64)).getBookingId();
    int slot = slotWithLoad();

    assertThat(report(of(id).setAttached(Attached.getDefaultInstance()))).isTrue();
    assertThat(live.ledger.queuedPrefillTokens(slot, 0)).isEqualTo(64);
    assertThat(report(of(id).setFirstToken(FirstToken.newBuilder().setTtftMs(12.5)))).isTrue();
    assertThat(live.ledger.queuedPrefillTokens(slot, 0)).isZero();
    assertThat(report(of(id).setProgress(Progress.newBuilder().setOutputTokens(33)))).isTrue();
    assertThat(live.ledger.bookedBlocks(slot)).isEqualTo(7);
    assertThat(report(of(id).setFinished(Finished.newBuilder().setOutputTokens(40)))).isTrue();
    assertThat(live.ledger.bookedBlocks(slot)).isZero();
    assertThat(report(of(id).setFinished(Finished.newBuilder().setOutputTokens(40)))).isFalse();

    assertThat(live.service.counters().reportsApplied()).isEqualTo(4);
    assertThat(live.service.counters().reportsUnknown()).isOne();
  }

  @Test
  void aFailureEndsABooking() {
    long id = router.route(request(64)).getBookingId();
    assertThat(report(of(id).setFailed(Failed.newBuilder().setReason("oom")))).isTrue();
    assertThat(live.ledger.openBookings()).isZero();
  }

  @Test
  void failedBookingsAreCountedApartFromFinishedOnes() {
    long failed = router.route(request(64)).getBookingId();
    long finished = router.route(request(64)).getBookingId();
    report(of(failed).setFailed(Failed.newBuilder().setReason("oom\n")));
    report(of(failed).setFailed(Failed.newBuilder().setReason("again")));
    report(of(finished).setFinished(Finished.newBuilder().setOutputTokens(40)));

    assertThat(live.service.counters().bookingsFailed()).isOne();
    assertThat(live.service.counters().reportsApplied()).isEqualTo(2);
  }

  @Test
  void anAttachedBookingLivesOn() {
    long id = router.route(request(64)).getBookingId();
    live.nowNanos.set(900);
    report(of(id).setAttached(Attached.getDefaultInstance()));
    assertThat(live.ledger.expire(1_899)).isZero();
    assertThat(live.ledger.expire(1_900)).isOne();
  }

  @Test
  void theFleetShowsWorkersRanksAndLoad() {
    live.hold("w1", 5);
    router.route(request(80).toBuilder().setExpectedOutputTokens(32).build());

    FleetReply fleet = router.getFleet(GetFleetRequest.getDefaultInstance());

    assertThat(fleet.getVersion()).isEqualTo(live.registry.current().version());
    assertThat(fleet.getWorkersList())
        .extracting(worker -> worker.getInfo().getWorkerId() + ":" + worker.getRanksCount())
        .containsExactly("w1:1", "w2:2");
    assertThat(fleet.getWorkers(0).getRanks(0).getIndexedBlocks()).isEqualTo(5);
    assertThat(fleet.getWorkers(0).getRanks(0).getActiveRequests()).isOne();
    assertThat(fleet.getWorkers(0).getRanks(0).getGrowthBlocks()).isEqualTo(2);
    assertThat(fleet.getWorkers(0).getInfo().getBlockSize()).isEqualTo(16);
    assertThat(
            router
                .getFleet(GetFleetRequest.newBuilder().setModel("other").build())
                .getWorkersList())
        .isEmpty();
  }

  @Test
  void aWatchSeesTheFleetAtOnceAndAfterEachChange() {
    Iterator<FleetReply> watch = router.watchFleet(GetFleetRequest.getDefaultInstance());
    assertThat(watch.next().getWorkersCount()).isEqualTo(2);
    live.registry.put(worker("w3"));
    assertThat(watch.next().getWorkersCount()).isEqualTo(3);
    live.registry.remove("w1");
    FleetReply last = watch.next();
    assertThat(last.getWorkersCount()).isEqualTo(2);
    assertThat(last.getVersion()).isEqualTo(live.registry.current().version());
  }

  @Test
  void aWatchSeesWhomTheOperatorDrains() {
    Iterator<FleetReply> watch = router.watchFleet(GetFleetRequest.getDefaultInstance());
    assertThat(watch.next().getWorkersList()).noneMatch(WorkerStatus::getDraining);

    live.service.settingsChanged();
    live.settings.set(new RoutingSettings(ModelRouting.of(Policies.KV), Map.of(), Set.of("w1")));
    live.service.settingsChanged();

    assertThat(watch.next().getWorkersList())
        .filteredOn(WorkerStatus::getDraining)
        .extracting(worker -> worker.getInfo().getWorkerId())
        .containsExactly("w1");
  }

  @Test
  void manyClientsAtOnceLeaveNoLoadBehind() throws Exception {
    int clients = 4;
    int requests = 2_000;
    try (var threads = Executors.newFixedThreadPool(clients)) {
      List<Future<?>> running = new ArrayList<>();
      for (int client = 0; client < clients; client++) {
        int prompt = 16 * (client + 1);
        running.add(
            threads.submit(() -> {
              var channel = LiveRouter.channel(live.server.port());
              var stub = RouterGrpc.newBlockingStub(channel);
              for (int i = 0; i < requests; i++) {
                long id = stub.route(request(prompt)).getBookingId();
                stub.report(of(id).setFinished(Finished.getDefaultInstance()).build());
              }
              channel.shutdownNow();
            }));
      }
      for (Future<?> client : running) {
        client.get();
      }
    }
    assertThat(live.ledger.openBookings()).isZero();
    for (int slot = 0; slot < 3; slot++) {
      assertThat(live.ledger.queuedPrefillTokens(slot, 0)).isZero();
      assertThat(live.ledger.bookedBlocks(slot)).isZero();
      assertThat(live.ledger.bookedRequests(slot)).isZero();
      assertThat(live.ledger.bookedTokens(slot)).isZero();
    }
    assertThat(live.service.counters().routed()).containsEntry("kv", 8_000L);
  }

  @Test
  void aBurstAtOneInstantSpreads() throws Exception {
    try (LiveRouter wide = new LiveRouter(2_000, worker("w", "m", 16))) {
      var stub = RouterGrpc.newFutureStub(wide.channel);
      List<Future<RouteReply>> burst = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        burst.add(stub.route(request(64)));
      }
      for (Future<RouteReply> reply : burst) {
        reply.get();
      }
      for (int slot = 0; slot < 16; slot++) {
        assertThat(wide.ledger.bookedRequests(slot)).isBetween(62L, 63L);
      }
    }
  }

  private int overlapOf(RouteRequest.Builder request) {
    return router.route(request.setDryRun(true).build()).getOverlap().getDeviceBlocks();
  }

  private static LifecycleReport.Builder of(long bookingId) {
    return LifecycleReport.newBuilder().setBookingId(bookingId);
  }

  private boolean report(LifecycleReport.Builder report) {
    return router.report(report.build()).getKnown();
  }

  private int slotWithLoad() {
    for (int slot = 0; slot < 3; slot++) {
      if (live.ledger.bookedRequests(slot) == 1) {
        return slot;
      }
    }
    throw new AssertionError("no target has a request");
  }
}
