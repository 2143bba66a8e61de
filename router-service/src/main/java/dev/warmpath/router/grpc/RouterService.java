package dev.warmpath.router.grpc;

import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.indexer.index.ShardedIndex;
import dev.warmpath.router.fleet.Fleet;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.ModelTargets;
import dev.warmpath.router.route.RouteQuery;
import dev.warmpath.router.route.RouteResult;
import dev.warmpath.router.route.RouteResult.AllExcluded;
import dev.warmpath.router.route.RouteResult.Decision;
import dev.warmpath.router.route.RouteResult.Refusal;
import dev.warmpath.router.route.Router;
import dev.warmpath.router.route.RoutingSettings;
import dev.warmpath.router.route.WaitingLimits;
import dev.warmpath.v1.ExplainReply;
import dev.warmpath.v1.FleetReply;
import dev.warmpath.v1.GetFleetRequest;
import dev.warmpath.v1.LifecycleReport;
import dev.warmpath.v1.ReportReply;
import dev.warmpath.v1.RouteReply;
import dev.warmpath.v1.RouteRequest;
import dev.warmpath.v1.RouterGrpc;
import dev.warmpath.v1.TrackReply;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The gRPC service {@code warmpath.v1.Router}. Any thread; no call blocks, so it runs on the
 * transport's threads. Refusals are gRPC errors as router.proto lists them.
 */
public final class RouterService extends RouterGrpc.RouterImplBase {
  /** How often a request is placed again because its target left the fleet meanwhile. */
  private static final int ATTEMPTS = 3;

  private static final ShardedIndex NOTHING_HELD =
      ShardedIndex.of(new PrefixIndex(IndexLimits.DEFAULT));

  private final FleetRegistry registry;
  private final Router router;
  private final LoadLedger ledger;
  private final IndexState indexes;
  private final LongSupplier nowNanos;
  private final LongConsumer routeNanos;
  private final RouteCounters counters = new RouteCounters();
  private final RouteRequestDecoder decoder;
  private final RouteReplies routeReplies;
  private final FleetReplies fleetReplies;
  private final Set<FleetWatch> fleetWatches = ConcurrentHashMap.newKeySet();
  private final LifecycleReports reports;
  private final Supplier<RoutingSettings> settings;
  private final WaitingRequests waiting;
  private volatile Runnable whenWaiting = () -> {};

  /**
   * @param registry knows the fleet
   * @param router decides
   * @param ledger the router's ledger
   * @param indexes the indexes, and how far they can be trusted
   * @param settings how requests are placed; read when a request comes and by each attempt to place
   *     it
   * @param firstSeed where the seeds of tie-breaking start, for requests without an id
   * @param nowNanos the time
   * @param routeNanos takes how long each Route call took, nanoseconds; any thread, must not block
   */
  public RouterService(
      FleetRegistry registry,
      Router router,
      LoadLedger ledger,
      IndexState indexes,
      Supplier<RoutingSettings> settings,
      long firstSeed,
      LongSupplier nowNanos,
      LongConsumer routeNanos) {
    this.registry = registry;
    this.router = router;
    this.ledger = ledger;
    this.indexes = indexes;
    this.nowNanos = nowNanos;
    this.routeNanos = routeNanos;
    this.decoder = new RouteRequestDecoder(settings, firstSeed);
    this.routeReplies = new RouteReplies(new TargetAges(indexes, ledger, nowNanos));
    this.fleetReplies =
        new FleetReplies(ledger, indexes.ofModel(), indexes.stale(), settings, nowNanos);
    this.reports = new LifecycleReports(ledger, this::cancel, nowNanos, counters);
    this.settings = settings;
    this.waiting =
        new WaitingRequests(
            this::cancel,
            nowNanos,
            counters,
            (request, call, booked) -> place(request, call, true, nowNanos.getAsLong(), booked));
  }

  /** What this service has done; any thread. */
  public RouteCounters counters() {
    return counters;
  }

  @Override
  public void route(RouteRequest request, StreamObserver<RouteReply> reply) {
    long start = nowNanos.getAsLong();
    var call = (ServerCallStreamObserver<RouteReply>) reply;
    WaitingLimits limits = settings.get().model(request.getModel()).waiting();
    boolean mayWait = !request.getDryRun() && WaitingRequests.waitNanos(request, limits) > 0;
    boolean mustWait = mayWait && waiting.isAwaited(request.getModel());
    if (mustWait || !place(request, call, mayWait, start, id -> endIfCancelled(call, id))) {
      waiting.add(request, call, limits);
      whenWaiting.run();
    }
    routeNanos.accept(nowNanos.getAsLong() - start);
  }

  /** Answers a call, unless every target is beyond its limits and the call may wait. */
  private boolean place(
      RouteRequest request,
      ServerCallStreamObserver<RouteReply> call,
      boolean mayWait,
      long now,
      LongConsumer booked) {
    return answer(
        call,
        () -> {
          RouteReply decided = decide(request, false, mayWait, now);
          if (decided != null && decided.getBookingId() != Decision.NOT_BOOKED) {
            booked.accept(decided.getBookingId());
          }
          return decided;
        });
  }

  /** Requests that wait for a target. Any thread. */
  public int waiting() {
    return waiting.size();
  }

  /**
   * Answers the waiting requests that find a target by now, and refuses those that have waited long
   * enough. To be called when load has gone and every few milliseconds; one thread at a time.
   */
  public void serveWaiting() {
    waiting.serve();
  }

  /** Tells {@code action} that a request waits: on a thread that it must not block. */
  public void whenWaiting(Runnable action) {
    this.whenWaiting = action;
  }

  @Override
  public void explain(RouteRequest request, StreamObserver<ExplainReply> reply) {
    answer(reply, () -> ExplainReply.newBuilder().setDecision(explained(request)).build());
  }

  @Override
  public void report(LifecycleReport report, StreamObserver<ReportReply> reply) {
    answer(reply, () -> ReportReply.newBuilder().setKnown(reports.apply(report)).build());
  }

  @Override
  public StreamObserver<LifecycleReport> track(StreamObserver<TrackReply> reply) {
    return new TrackStream(reports, ledger, this::cancel, counters, reply);
  }

  @Override
  public void getFleet(GetFleetRequest request, StreamObserver<FleetReply> reply) {
    answer(reply, () -> fleetReplies.fleet(registry.current(), request.getModel()));
  }

  @Override
  public void watchFleet(GetFleetRequest request, StreamObserver<FleetReply> reply) {
    FleetWatch.start(
        registry,
        fleetReplies,
        request.getModel(),
        (ServerCallStreamObserver<FleetReply>) reply,
        fleetWatches);
  }

  /** The settings may be others: whoever watches the fleet is told whom the operator drains. */
  public void settingsChanged() {
    fleetWatches.forEach(FleetWatch::send);
  }

  private RouteReply explained(RouteRequest request) throws InvalidFieldException {
    return Objects.requireNonNull(decide(request, true, false, nowNanos.getAsLong()));
  }

  /** Null when every target is beyond its limits and the request may wait. */
  private @Nullable RouteReply decide(
      RouteRequest request, boolean explainOnly, boolean mayWait, long now)
      throws InvalidFieldException {
    RouteRequestDecoder.checkNames(request);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Scratch scratch = Scratch.ofThread();
      ModelTargets targets = targets(request.getModel());
      ShardedIndex index = indexes.ofModel().apply(request.getModel());
      RouteQuery query =
          decoder.decode(
              request, targets, index == null ? NOTHING_HELD : index, explainOnly, scratch);
      RouteResult result = router.route(query, scratch.overlaps(), now);
      switch (result) {
        case Decision decision -> {
          counters.routed(decision, query.blocks());
          return routeReplies.reply(query, decision);
        }
        case AllExcluded all when mayWait && all.isOverload() -> {
          return null;
        }
        case AllExcluded all -> {
          counters.allExcluded(all);
          throw GrpcErrors.allExcluded(request.getModel(), all);
        }
        case Refusal refusal -> refuse(refusal, request.getModel());
      }
    }
    throw GrpcErrors.noTarget(request.getModel());
  }

  /** A caller that went before it had the answer will report nothing. */
  private void endIfCancelled(ServerCallStreamObserver<RouteReply> call, long bookingId) {
    call.setOnCancelHandler(() -> cancel(bookingId));
  }

  private boolean cancel(long bookingId) {
    return router.cancel(bookingId, nowNanos.getAsLong());
  }

  private ModelTargets targets(String model) {
    Fleet fleet = registry.current();
    ModelTargets targets = fleet.model(model);
    if (targets == null) {
      counters.unknownModel();
      throw GrpcErrors.unknownModel(model, fleet.models());
    }
    return targets;
  }

  /** Returns when the request may be tried again. */
  private void refuse(Refusal refusal, String model) {
    counters.refused(refusal);
    switch (refusal) {
      case NO_TARGET -> throw GrpcErrors.noTarget(model);
      case TOO_MANY_BOOKINGS -> throw GrpcErrors.tooManyBookings(ledger.openBookings());
      case TARGET_LEFT -> {}
    }
  }

  private <T> boolean answer(StreamObserver<T> reply, Unary.Answer<T> answer) {
    return Unary.answer(reply, counters::invalid, answer);
  }
}
