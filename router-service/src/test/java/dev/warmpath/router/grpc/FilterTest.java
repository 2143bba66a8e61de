package dev.warmpath.router.grpc;

import static dev.warmpath.router.fleet.Workers.draining;
import static dev.warmpath.router.fleet.Workers.labelled;
import static dev.warmpath.router.fleet.Workers.pooled;
import static dev.warmpath.router.fleet.Workers.withLoras;
import static dev.warmpath.router.fleet.Workers.worker;
import static dev.warmpath.router.grpc.LiveRouter.errorInfo;
import static dev.warmpath.router.grpc.LiveRouter.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.warmpath.router.fleet.KvHandOver;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.route.Disaggregation;
import dev.warmpath.router.route.LoadLimits;
import dev.warmpath.router.route.ModelRouting;
import dev.warmpath.router.route.Policies;
import dev.warmpath.router.route.RoutingSettings;
import dev.warmpath.router.route.SessionAffinity;
import dev.warmpath.v1.Candidate;
import dev.warmpath.v1.GetFleetRequest;
import dev.warmpath.v1.Placement;
import dev.warmpath.v1.PreferredLabel;
import dev.warmpath.v1.RouteReply;
import dev.warmpath.v1.RouteRequest;
import dev.warmpath.v1.RouterGrpc;
import dev.warmpath.v1.TargetName;
import dev.warmpath.v1.WorkerStatus;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Filters over real gRPC: who is left, what is refused, and why. */
class FilterTest {
  private LiveRouter live;

  @BeforeEach
  void start() throws Exception {
    live =
        new LiveRouter(
            100_000,
            labelled("a", Map.of("zone", "1")),
            withLoras(labelled("b", Map.of("zone", "2")), "sql"),
            draining(labelled("c", Map.of("zone", "1"))));
  }

  @AfterEach
  void stop() {
    live.close();
  }

  @Test
  void aDrainingWorkerGetsNoRequestAndKeepsThoseThatItHas() {
    live.registry.put(worker("c"));
    RouteReply before = route(request(160).toBuilder().setPinnedTarget(name("c")));
    live.registry.put(draining(worker("c")));

    for (int i = 0; i < 20; i++) {
      assertThat(route(request(16).toBuilder()).getTarget().getWorkerId()).isNotEqualTo("c");
    }
    assertThat(live.ledger.bookedRequests(live.slot("c"))).isOne();
    assertThat(live.ledger.progress(before.getBookingId(), 1, 0)).isTrue();
  }

  @Test
  void aWorkerDrainedAtRunTimeGetsNoRequestUntilItIsTakenBack() {
    drain("a");
    assertThat(route(request(16).toBuilder()).getTarget().getWorkerId()).isEqualTo("b");
    drain("b");
    assertThat(route(request(16).toBuilder()).getTarget().getWorkerId()).isEqualTo("a");
  }

  @Test
  void theFleetShowsWhoDrainsByItselfAndByTheOperator() {
    live.registry.put(draining(worker("c")));
    drain("a");
    assertThat(drainingWorkers()).containsExactlyInAnyOrder("a", "c");
  }

  private List<String> drainingWorkers() {
    return RouterGrpc.newBlockingStub(live.channel)
        .getFleet(GetFleetRequest.getDefaultInstance())
        .getWorkersList()
        .stream()
        .filter(WorkerStatus::getDraining)
        .map(status -> status.getInfo().getWorkerId())
        .toList();
  }

  @Test
  void aRequestGoesToAWorkerWithTheRequiredLabel() {
    assertThat(
            route(request(16).toBuilder().putRequiredLabels("zone", "1")).getTarget().getWorkerId())
        .isEqualTo("a");
  }

  @Test
  void aRequestWithALoraGoesToTheWorkerThatHasItAndElseToAny() {
    assertThat(route(request(16).toBuilder().setLoraName("sql")).getTarget().getWorkerId())
        .isEqualTo("b");
    drain("b");
    assertThat(route(request(16).toBuilder().setLoraName("sql")).getTarget().getWorkerId())
        .isEqualTo("a");
  }

  @Test
  void anExplainedReplyListsWhoWasLeftOutAndWhy() {
    live.hold("c", 2);
    live.staleSlots.add(live.slot("c"));
    RouteReply reply =
        route(request(160).toBuilder().putRequiredLabels("zone", "1").setExplain(true));

    assertThat(reply.getCandidatesList())
        .extracting(
            candidate -> candidate.getTarget().getWorkerId(),
            Candidate::getExcludedBy,
            Candidate::getExclusion,
            Candidate::getChosen)
        .containsExactly(
            tuple("a", "", "", true),
            tuple("c", "draining", "draining", false),
            tuple("b", "required_label", "without label zone=1", false));
    Candidate drained = reply.getCandidates(1);
    assertThat(drained.getOverlap().getDeviceBlocks()).isEqualTo(2);
    assertThat(drained.getStale()).isTrue();
    assertThat(drained.getTermsList()).isEmpty();
    assertThat(drained.hasIndexHeardAgeMs()).isFalse();
  }

  @Test
  void anExplanationTellsHowOldTheIndexIsForEachTarget() {
    live.nowNanos.set(5_000_000_000L);
    live.heardNanos.put(live.slot("a"), 4_700_000_000L);
    live.heardNanos.put(live.slot("c"), 1_000_000_000L);

    RouteReply reply = stub().explain(request(160)).getDecision();

    assertThat(reply.getCandidatesList())
        .extracting(
            candidate -> candidate.getTarget().getWorkerId(),
            Candidate::hasIndexHeardAgeMs,
            Candidate::getIndexHeardAgeMs)
        .containsExactlyInAnyOrder(
            tuple("a", true, 300L), tuple("b", false, 0L), tuple("c", true, 4_000L));
  }

  @Test
  void whenNoTargetIsLeftTheRefusalNamesWhatLeftOutHowMany() {
    StatusRuntimeException e =
        refusal(
            request(16).toBuilder()
                .putRequiredLabels("zone", "1")
                .addAllowedTargets(name("b"))
                .addAllowedTargets(name("c")));

    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(e.getStatus().getDescription())
        .isEqualTo(
            "no aggregated target left for model 'm': 1 draining, 1 not among the allowed targets,"
                + " 1 without label zone=1");
    assertThat(errorInfo(e).getReason()).isEqualTo("ALL_EXCLUDED");
    assertThat(errorInfo(e).getMetadataMap())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "model", "m",
                "role", "aggregated",
                "draining", "1",
                "allowed_targets", "1",
                "required_label", "1"));
    assertThat(live.service.counters().allExcluded()).isOne();
    assertThat(live.service.counters().exclusions())
        .isEqualTo(Map.of("draining", 1L, "allowed_targets", 1L, "required_label", 1L));
  }

  @Test
  void aPinnedTargetThatDrainsIsRefused() {
    StatusRuntimeException e = refusal(request(16).toBuilder().setPinnedTarget(name("c")));
    assertThat(e.getStatus().getDescription())
        .endsWith("1 draining, 2 other than the pinned target c");
  }

  @Test
  void aPinnedRankThatTheWorkerDoesNotHaveIsRefused() {
    StatusRuntimeException e =
        refusal(
            request(16).toBuilder()
                .setPinnedTarget(TargetName.newBuilder().setWorkerId("a").setRank(3)));
    assertThat(errorInfo(e).getReason()).isEqualTo("ALL_EXCLUDED");
    assertThat(e.getStatus().getDescription()).contains("2 other than the pinned target a/3");
  }

  @Test
  void staleTargetsAreReportedOrLeftOutAsTheOperatorSays() {
    live.staleSlots.add(live.slot("a"));
    live.staleSlots.add(live.slot("b"));
    assertThat(route(request(16).toBuilder()).getReason()).contains("(index stale)");

    live.settings.set(settings(true, LoadLimits.NONE));

    StatusRuntimeException e = refusal(request(16).toBuilder());
    assertThat(e.getStatus().getDescription()).endsWith("1 draining, 2 with a stale index");
    assertThat(errorInfo(e).getMetadataMap()).containsEntry("stale_index", "2");
  }

  static Stream<Arguments> limits() {
    double none = LoadLimits.UNLIMITED;
    long noTokens = Long.MAX_VALUE;
    return Stream.of(
        arguments(
            new LoadLimits(0.009, noTokens, none, none),
            "kv_blocks",
            "with over 0.9 % of their KV blocks in use"),
        arguments(
            new LoadLimits(none, 100, none, none),
            "queued_prefill",
            "with over 100 prompt tokens queued"),
        arguments(
            new LoadLimits(none, noTokens, 0.01, none),
            "queued_prefill_steps",
            "with over 0.01 steps of prompt tokens queued"),
        arguments(
            new LoadLimits(none, noTokens, none, 0.003),
            "batch_requests",
            "with 0.3 % of a batch of requests or more"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("limits")
  void aRequestBeyondALimitIsShedWithTheLimitsName(
      LoadLimits limits, String filter, String complaint) {
    live.settings.set(settings(false, limits));
    route(request(160).toBuilder());
    route(request(160).toBuilder());

    StatusRuntimeException e = refusal(request(16).toBuilder());

    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(errorInfo(e).getReason()).isEqualTo("OVERLOADED");
    assertThat(errorInfo(e).getMetadataMap()).containsEntry(filter, "2");
    assertThat(e.getStatus().getDescription()).endsWith("1 draining, 2 " + complaint);
    assertThat(live.service.counters().overloaded()).isOne();
    live.settings.set(RoutingSettings.of(Policies.KV));
    assertThat(route(request(16).toBuilder()).getBookingId()).isNotZero();
  }

  @Test
  void aRequestGoesToAWorkerWithAPreferredLabelUnlessThatIsMuchBusier() {
    RouteRequest.Builder request =
        request(1_600).toBuilder().setPolicy("least_loaded").addPreferredLabels(label("zone", 1));
    assertThat(route(request).getTarget().getWorkerId()).isEqualTo("b");
    RouteReply reply = route(request.setExplain(true));
    for (int i = 1; i < 30; i++) {
      reply = route(request.setExplain(true));
    }
    assertThat(live.ledger.bookedRequests(live.slot("a"))).as("spills over").isPositive();
    assertThat(reply.getCandidatesList())
        .filteredOn(candidate -> candidate.getExcludedBy().isEmpty())
        .allSatisfy(candidate ->
            assertThat(candidate.getTermsList())
                .last()
                .matches(term -> term.getName().equals("preferred_labels")));
  }

  @Test
  void aSessionStaysAndPolicyDirectFollowsThePin() {
    RouteRequest.Builder request = request(160).toBuilder().setSessionId("s").setPolicy("random");
    String first = route(request).getTarget().getWorkerId();
    for (int i = 0; i < 20; i++) {
      assertThat(route(request).getTarget().getWorkerId()).isEqualTo(first);
    }
    assertThat(
            route(
                    request
                        .setSessionAffinity(dev.warmpath.v1.SessionAffinity.SESSION_AFFINITY_OFF)
                        .setPolicy("direct")
                        .setPinnedTarget(name("b")))
                .getPolicy())
        .isEqualTo("direct");
  }

  @Test
  void inPoolsEachRoleHasItsPin() throws Exception {
    try (LiveRouter pools =
        new LiveRouter(
            100,
            worker("p0", Role.PREFILL),
            worker("p1", Role.PREFILL),
            worker("d0", Role.DECODE),
            worker("d1", Role.DECODE))) {
      RouterGrpc.RouterBlockingStub stub = RouterGrpc.newBlockingStub(pools.channel);
      RouteRequest both =
          request(160).toBuilder()
              .setPinnedTarget(name("d1"))
              .setPinnedPrefillTarget(name("p1"))
              .build();

      RouteReply reply = stub.route(both);

      assertThat(reply.getTarget().getWorkerId()).isEqualTo("d1");
      assertThat(reply.getPrefillTarget().getWorkerId()).isEqualTo("p1");
      StatusRuntimeException e =
          catchThrowableOfType(
              StatusRuntimeException.class,
              () -> stub.route(both.toBuilder().setPinnedTarget(name("p1")).build()));
      assertThat(e.getStatus().getDescription())
          .startsWith("no decode target left for model 'm': 2 other than the pinned target p1");
    }
  }

  @Test
  void theReplyNamesBothTargetsAndTheRoomWhereTheyMeet() throws Exception {
    KvHandOver meets = new KvHandOver(4_096, "10.0.0.7", 8_998);
    try (LiveRouter pools =
        new LiveRouter(
            100, pooled("p", Role.PREFILL, 4, Map.of(), meets), worker("d", Role.DECODE))) {
      RouterGrpc.RouterBlockingStub stub = RouterGrpc.newBlockingStub(pools.channel);
      for (int i = 0; i < 20; i++) {
        RouteReply reply = stub.route(request(170));
        assertThat(reply.getPlacement()).isEqualTo(Placement.PLACEMENT_DISAGGREGATED);
        assertThat(reply.getHandOver().getBlocks()).isEqualTo(11);
        assertThat(reply.getHandOver().getBootstrapHost()).isEqualTo("10.0.0.7");
        assertThat(reply.getHandOver().getBootstrapPort()).isEqualTo(8_998);
        assertThat(reply.getHandOver().getBootstrapRoom()).isNotNegative();
        assertThat(reply.getHandOver().getBootstrapRoom() % 4)
            .isEqualTo(reply.getPrefillTarget().getRank());
      }
      RouteReply dry = stub.route(request(170).toBuilder().setDryRun(true).build());
      assertThat(dry.getHandOver().hasBootstrapRoom()).isFalse();
    }
    assertThat(route(request(16).toBuilder()).getPlacement())
        .isEqualTo(Placement.PLACEMENT_AGGREGATED);
  }

  static Stream<Arguments> invalidConstraints() {
    String long257 = "x".repeat(257);
    RouteRequest.Builder many = request(16).toBuilder();
    for (int i = 0; i < 17; i++) {
      many.putRequiredLabels("l" + i, "v");
    }
    List<TargetName> names =
        Stream.generate(() -> name("w")).limit(ChoiceRulesDecoder.MAX_ALLOWED + 1).toList();
    return Stream.of(
        arguments(many, "required_labels", "17"),
        arguments(request(16).toBuilder().putRequiredLabels("", "v"), "required_labels", "''"),
        arguments(
            request(16).toBuilder().putRequiredLabels(long257, "v"), "required_labels", "257"),
        arguments(
            request(16).toBuilder().putRequiredLabels("n", long257), "required_labels", "257"),
        arguments(request(16).toBuilder().addAllAllowedTargets(names), "allowed_targets", "1025"),
        arguments(
            request(16).toBuilder().addAllowedTargets(name("")), "allowed_targets.worker_id", "''"),
        arguments(
            request(16).toBuilder().setPinnedTarget(name(long257)),
            "pinned_target.worker_id",
            "257"),
        arguments(
            request(16).toBuilder()
                .setPinnedPrefillTarget(TargetName.newBuilder().setWorkerId("p").setRank(-1)),
            "pinned_prefill_target.rank",
            "4294967295"),
        arguments(request(16).toBuilder().setPolicy("direct"), "pinned_target", "none"),
        arguments(request(16).toBuilder().setSessionId(long257), "session_id", "257"),
        arguments(request(16).toBuilder().setSessionAffinityValue(9), "session_affinity", "9"),
        arguments(request(16).toBuilder().setTemperature(-0.5), "temperature", "-0.5"),
        arguments(request(16).toBuilder().setTemperature(Double.NaN), "temperature", "NaN"),
        arguments(
            request(16).toBuilder().addPreferredLabels(label("", 1)), "preferred_labels", "''"),
        arguments(
            request(16).toBuilder().addPreferredLabels(label("zone", 11)),
            "preferred_labels.weight",
            "11.0"));
  }

  @ParameterizedTest(name = "{1} {2}")
  @MethodSource("invalidConstraints")
  void anInvalidConstraintIsRefusedByFieldAndValue(
      RouteRequest.Builder request, String field, String value) {
    StatusRuntimeException e = refusal(request);
    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(errorInfo(e).getMetadataMap())
        .containsEntry("field", field)
        .containsEntry("value", value);
  }

  private static PreferredLabel label(String name, double weight) {
    return PreferredLabel.newBuilder().setName(name).setValue("2").setWeight(weight).build();
  }

  private void drain(String worker) {
    live.settings.set(new RoutingSettings(ModelRouting.of(Policies.KV), Map.of(), Set.of(worker)));
  }

  private static RoutingSettings settings(boolean excludeStale, LoadLimits limits) {
    ModelRouting ofModel =
        new ModelRouting(
            Policies.KV,
            0,
            Map.of(),
            List.of(),
            excludeStale,
            limits,
            SessionAffinity.SOFT,
            ModelRouting.DEFAULT_SESSION_TTL_NANOS,
            Disaggregation.ALWAYS);
    return new RoutingSettings(ModelRouting.of(Policies.KV), Map.of("m", ofModel), Set.of());
  }

  private static TargetName name(String worker) {
    return TargetName.newBuilder().setWorkerId(worker).build();
  }

  private RouteReply route(RouteRequest.Builder request) {
    return stub().route(request.build());
  }

  private StatusRuntimeException refusal(RouteRequest.Builder request) {
    StatusRuntimeException e =
        catchThrowableOfType(StatusRuntimeException.class, () -> stub().route(request.build()));
    assertThat(e).isNotNull();
    return e;
  }

  private RouterGrpc.RouterBlockingStub stub() {
    return RouterGrpc.newBlockingStub(live.channel).withDeadlineAfter(20, TimeUnit.SECONDS);
  }
}
