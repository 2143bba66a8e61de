package dev.warmpath.router.grpc;

import static dev.warmpath.router.fleet.Workers.worker;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.route.Disaggregation;
import dev.warmpath.router.route.LoadLimits;
import dev.warmpath.router.route.ModelRouting;
import dev.warmpath.router.route.Policies;
import dev.warmpath.router.route.RoutingSettings;
import dev.warmpath.router.route.SessionAffinity;
import dev.warmpath.router.route.WaitingLimits;
import dev.warmpath.v1.RouteReply;
import dev.warmpath.v1.RouteRequest;
import dev.warmpath.v1.TargetName;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two targets; each is beyond its limit while any prompt token waits there. */
class WaitingRequestsTest {
  private static final long MAX_WAIT = 10_000_000;

  private LiveRouter live;
  private long onFirst;
  private long onSecond;

  @BeforeEach
  void start() throws IOException {
    live = new LiveRouter(100, worker("w1"), worker("w2"));
    live.settings.set(settings(2));
    onFirst = occupy("w1");
    onSecond = occupy("w2");
  }

  @AfterEach
  void stop() {
    live.close();
  }

  @Test
  void aRequestWaitsUntilATargetIsWithinItsLimits() {
    HeldCall call = route(request());
    live.service.serveWaiting();
    assertThat(call.isAnswered()).isFalse();
    assertThat(live.service.waiting()).isOne();

    live.ledger.firstToken(onSecond, 5);
    live.nowNanos.set(5);
    live.service.serveWaiting();
    assertThat(target(call)).isEqualTo("w2");
    assertThat(live.service.waiting()).isZero();
    assertThat(live.ledger.openBookings()).isEqualTo(3);
    assertThat(live.service.counters().waited()).isOne();
    assertThat(live.service.counters().waitedNanos()).isEqualTo(5);
  }

  @Test
  void aRequestWhosePlacingFailsIsAnsweredAndHoldsUpNobody() {
    WaitingRequests waiting =
        new WaitingRequests(
            id -> live.ledger.finish(id, 0),
            () -> 0,
            new RouteCounters(),
            WaitingRequestsTest::failsForUrgent);
    long open = live.ledger.openBookings();
    HeldCall failing = new HeldCall();
    HeldCall fine = new HeldCall();
    waiting.add(request().setPriority(1).build(), failing, new WaitingLimits(2, MAX_WAIT));
    waiting.add(request().build(), fine, new WaitingLimits(2, MAX_WAIT));

    assertThatThrownBy(waiting::serve).hasMessage("placing failed");
    assertThat(error(failing).getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
    waiting.serve();
    assertThat(fine.isAnswered()).isTrue();
    assertThat(waiting.size()).isZero();
    assertThat(live.ledger.openBookings()).isEqualTo(open);
  }

  private static boolean failsForUrgent(
      RouteRequest request, ServerCallStreamObserver<RouteReply> call, LongConsumer booked) {
    if (request.getPriority() > 0) {
      throw new IllegalStateException("placing failed");
    }
    call.onNext(RouteReply.getDefaultInstance());
    return true;
  }

  @Test
  void theLedgerSaysWhenLoadGoes() {
    int[] relieved = {0};
    live.ledger.whenRelieved(() -> relieved[0]++);
    occupy("w1");
    assertThat(relieved[0]).isZero();
    live.ledger.firstToken(onFirst, 0);
    live.ledger.finish(onFirst, 0);
    live.ledger.releaseSlot(live.slot("w1"), 0);
    assertThat(relieved[0]).isEqualTo(3);
  }

  @Test
  void greaterPriorityGoesFirst() {
    HeldCall first = route(request());
    HeldCall urgent = route(request().setPriority(5));
    live.ledger.firstToken(onFirst, 0);
    live.service.serveWaiting();
    assertThat(target(urgent)).isEqualTo("w1");
    assertThat(first.isAnswered()).isFalse();
  }

  @Test
  void whoComesWhileOthersWaitGoesBehindThem() {
    HeldCall first = route(request());
    live.ledger.firstToken(onFirst, 0);
    HeldCall second = route(request());
    assertThat(second.isAnswered()).isFalse();
    live.service.serveWaiting();
    assertThat(target(first)).isEqualTo("w1");
    assertThat(second.isAnswered()).isFalse();
  }

  @Test
  void aRequestThatOnlyABusyTargetMayTakeHoldsUpNobody() {
    HeldCall pinned = route(request().setPinnedTarget(TargetName.newBuilder().setWorkerId("w1")));
    HeldCall free = route(request());
    live.ledger.firstToken(onSecond, 0);
    live.service.serveWaiting();
    assertThat(pinned.isAnswered()).isFalse();
    assertThat(target(free)).isEqualTo("w2");
  }

  @Test
  void whoHasWaitedLongEnoughIsRefused() {
    HeldCall call = route(request());
    live.nowNanos.set(MAX_WAIT - 1);
    live.service.serveWaiting();
    assertThat(call.isAnswered()).isFalse();
    live.nowNanos.set(MAX_WAIT);
    live.service.serveWaiting();
    assertRefused(call, "WAITED_TOO_LONG");
    assertThat(LiveRouter.errorInfo(error(call)).getMetadataMap()).containsEntry("waited_ms", "10");
    assertThat(live.service.waiting()).isZero();
    assertThat(live.service.counters().waitedTooLong()).isOne();
  }

  @Test
  void aRequestMayAskToWaitForLessButNotForMore() {
    HeldCall brief = route(request().setMaxWaitMs(3));
    HeldCall patient = route(request().setMaxWaitMs(3_000));
    live.nowNanos.set(3_000_000);
    live.service.serveWaiting();
    assertRefused(brief, "WAITED_TOO_LONG");
    live.nowNanos.set(MAX_WAIT);
    live.service.serveWaiting();
    assertRefused(patient, "WAITED_TOO_LONG");
  }

  @Test
  void whoWillNotWaitIsRefusedAtOnce() {
    assertRefused(route(request().setMaxWaitMs(0)), "OVERLOADED");
    assertRefused(route(request().setDryRun(true)), "OVERLOADED");
    live.settings.set(settings(0));
    assertRefused(route(request()), "OVERLOADED");
    assertThat(live.service.counters().overloaded()).isEqualTo(3);
  }

  @Test
  void aFullQueueRefusesTheNewcomerUnlessItIsMoreUrgent() {
    HeldCall first = route(request());
    HeldCall second = route(request());
    assertRefused(route(request()), "QUEUE_FULL");

    HeldCall urgent = route(request().setPriority(1));
    assertThat(urgent.isAnswered()).isFalse();
    live.service.serveWaiting();
    assertRefused(second, "QUEUE_FULL");
    assertThat(first.isAnswered()).isFalse();
    assertThat(live.service.waiting()).isEqualTo(2);
    assertThat(live.service.counters().queueFull()).isEqualTo(2);
  }

  @Test
  void aCallerThatGoesWhileItWaitsLeavesNothing() {
    HeldCall call = route(request());
    call.cancel();
    assertThat(live.service.waiting()).isZero();
    live.ledger.firstToken(onFirst, 0);
    live.service.serveWaiting();
    assertThat(call.isAnswered()).isFalse();
    assertThat(live.ledger.openBookings()).isEqualTo(2);
    assertThat(live.service.counters().cancelledWaiting()).isOne();
  }

  @Test
  void aCallerThatGoesAfterItHasWaitedLeavesNoBooking() {
    HeldCall call = route(request());
    live.ledger.firstToken(onFirst, 0);
    live.service.serveWaiting();
    assertThat(call.isAnswered()).isTrue();
    call.cancel();
    assertThat(live.ledger.openBookings()).isEqualTo(2);
  }

  @Test
  void aModelThatGoesRefusesThoseThatWait() {
    HeldCall call = route(request());
    live.registry.remove("w1");
    live.registry.remove("w2");
    live.service.serveWaiting();
    assertRefused(call, "UNKNOWN_MODEL");
    assertThat(live.service.waiting()).isZero();
  }

  @Test
  void waitsAndPrioritiesBeyondTheirRangeAreRefused() {
    assertRefused(route(request().setPriority(1_001)), "INVALID_FIELD");
    assertRefused(route(request().setPriority(-1_001)), "INVALID_FIELD");
    assertRefused(route(request().setMaxWaitMs(-1)), "INVALID_FIELD");
  }

  private HeldCall route(RouteRequest.Builder request) {
    HeldCall call = new HeldCall();
    live.service.route(request.build(), call);
    return call;
  }

  private static RouteRequest.Builder request() {
    return LiveRouter.request(64).toBuilder();
  }

  private long occupy(String worker) {
    int slot = live.slot(worker);
    return live.ledger.book(new Load(slot, slot, 64, 64, 16), 0);
  }

  private static String target(HeldCall call) {
    RouteReply reply = requireNonNull(call.reply);
    return reply.getTarget().getWorkerId();
  }

  private static StatusRuntimeException error(HeldCall call) {
    return (StatusRuntimeException) requireNonNull(call.error);
  }

  private static void assertRefused(HeldCall call, String reason) {
    assertThat(LiveRouter.errorInfo(error(call)).getReason()).isEqualTo(reason);
    if (Set.of("OVERLOADED", "QUEUE_FULL", "WAITED_TOO_LONG").contains(reason)) {
      assertThat(error(call).getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    }
  }

  private static RoutingSettings settings(int maxRequests) {
    ModelRouting routing =
        new ModelRouting(
            Policies.KV,
            0,
            Map.of(),
            List.of(),
            false,
            new LoadLimits(LoadLimits.UNLIMITED, 0, LoadLimits.UNLIMITED, LoadLimits.UNLIMITED),
            SessionAffinity.SOFT,
            ModelRouting.DEFAULT_SESSION_TTL_NANOS,
            Disaggregation.ALWAYS,
            new WaitingLimits(maxRequests, MAX_WAIT));
    return new RoutingSettings(routing, Map.of(), Set.of());
  }
}
