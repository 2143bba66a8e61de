package dev.warmpath.router.app;

import dev.warmpath.indexer.index.MemoryBudget;
import dev.warmpath.indexer.ingest.Ingest;
import dev.warmpath.router.admin.DiscoverySource;
import dev.warmpath.router.admin.MetricSources;
import dev.warmpath.router.admin.RouteSource;
import dev.warmpath.router.admin.WarmpathMetrics;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.grpc.RouteCounters;
import dev.warmpath.router.grpc.RouterService;
import dev.warmpath.router.loads.NatsReplicas;
import dev.warmpath.router.loads.WorkerLoadIntake;
import dev.warmpath.router.replicas.PeerCounters;
import dev.warmpath.router.route.RecentFigures;
import dev.warmpath.router.route.RouteResult.Refusal;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Tells the metrics where to read. */
final class MetricsWiring {
  private MetricsWiring() {}

  static MetricSources sources(
      FleetRegistry registry, LoadLedger ledger, Ingest ingest, Membership membership) {
    return new MetricSources(
        registry::current,
        ingest::isStale,
        ledger,
        ingest::index,
        ingest.counters(),
        ingest::inboxBatches,
        discovery(membership));
  }

  private static DiscoverySource discovery(Membership membership) {
    return new DiscoverySource(
        membership.counters().refusals(),
        membership.counters()::lists,
        membership.counters()::failures,
        () -> membership.state().get().connected(),
        () -> membership.state().get().inState(System.nanoTime()),
        () -> membership.state().get().sinceChange(System.nanoTime()));
  }

  static void addIndex(WarmpathMetrics metrics, Ingest ingest) {
    MemoryBudget budget = ingest.budget();
    metrics.addGauge("warmpath_index_threads", "Threads that write the index", ingest::shards);
    metrics.addGauge(
        "warmpath_index_bytes_taken", "Bytes that all indexes together have taken", budget::taken);
    metrics.addGauge(
        "warmpath_index_bytes_limit", "Bytes that all indexes together may take", budget::limit);
  }

  static void addWorkerLoads(
      WarmpathMetrics metrics, WorkerLoadIntake loads, FleetRegistry registry, LoadLedger ledger) {
    metrics.addGauge(
        "warmpath_load_reported_targets",
        "Targets whose last load report still counts",
        () -> reportedTargets(registry, ledger, System.nanoTime()));
    metrics.addGauge(
        "warmpath_load_unbooked_requests",
        "Requests that workers reported beside the booked ones, as far as they still count",
        () -> unbookedRequests(registry, ledger, System.nanoTime()));
    metrics.addCounter(
        "warmpath_load_reports", "Load reports of ranks that were taken in", loads::taken);
    metrics.addCounter(
        "warmpath_load_reports_malformed", "Load reports refused for a field", loads::malformed);
    metrics.addCounter(
        "warmpath_load_reports_unknown",
        "Load reports of workers, or of lives of workers, that do not serve",
        loads::unknown);
    metrics.addCounter(
        "warmpath_load_reports_old",
        "Load reports of ranks that were not later than the one before",
        loads::old);
  }

  static void addRecent(WarmpathMetrics metrics, Supplier<RecentFigures> recent) {
    metrics.addGauge(
        "warmpath_route_recent_models",
        "Models of which something was booked",
        () -> recent.get().models());
    metrics.addGauge(
        "warmpath_route_predicted_prompts",
        "Booked prompts whose blocks are expected on their target and may not be in the index",
        () -> recent.get().expectedPrompts());
    metrics.addCounter(
        "warmpath_route_predicted_prompts_displaced",
        "Such prompts forgotten for others since there were too many",
        () -> recent.get().displacedPrompts());
    metrics.addCounter(
        "warmpath_route_predicted_prompts_cut_short",
        "Such prompts of which only the first blocks were remembered",
        () -> recent.get().promptsCutShort());
    metrics.addCounter(
        "warmpath_route_predicted_searches_cut_short",
        "Searches for such prompts that looked at as many as they may",
        () -> recent.get().searchesCutShort());
    metrics.addGauge(
        "warmpath_route_turnover_targets",
        "Targets of which the turnover of the cache is estimated",
        () -> recent.get().turnoverTargets());
    metrics.addGauge(
        "warmpath_route_demand_requests_per_minute",
        "Requests booked, averaged over about a minute",
        () -> Math.round(recent.get().requestsPerMinute()));
    metrics.addGauge(
        "warmpath_route_demand_prefill_tokens_per_second",
        "Prompt tokens left to compute by booked requests, averaged over about a minute",
        () -> Math.round(recent.get().prefillTokensPerSecond()));
  }

  static void addWaiting(WarmpathMetrics metrics, RouterService service) {
    RouteCounters counters = service.counters();
    metrics.addGauge(
        "warmpath_waiting_requests", "Requests that wait for a target", service::waiting);
    metrics.addCounter(
        "warmpath_waiting_answered",
        "Requests that waited for a target and were answered",
        counters::waited);
    metrics.addCounter(
        "warmpath_waiting_answered_milliseconds",
        "How long requests waited that were answered, in total",
        () -> TimeUnit.NANOSECONDS.toMillis(counters.waitedNanos()));
    metrics.addCounter(
        "warmpath_waiting_cancelled",
        "Requests whose caller went while they waited",
        counters::cancelledWaiting);
  }

  static void addReplicas(WarmpathMetrics metrics, NatsReplicas replicas) {
    PeerCounters heard = replicas.counters();
    metrics.addGauge("warmpath_replica_peers", "Other routers that are alive", replicas::peers);
    metrics.addGauge(
        "warmpath_replica_bookings_open", "Open bookings of other routers", replicas::peerBookings);
    metrics.addCounter(
        "warmpath_replica_messages_sent", "Messages to other routers", replicas::sent);
    metrics.addCounter(
        "warmpath_replica_messages_unsent",
        "Messages to other routers that could not be sent",
        replicas::unsent);
    metrics.addCounter(
        "warmpath_replica_messages_dropped",
        "Messages of other routers that were dropped because too many waited",
        replicas::droppedMessages);
    metrics.addCounter(
        "warmpath_replica_messages_malformed",
        "Messages of other routers that break the wire contract",
        replicas::malformed);
    metrics.addCounter(
        "warmpath_replica_messages_duplicate",
        "Messages of other routers that were known",
        heard::duplicates);
    metrics.addCounter(
        "warmpath_replica_messages_early",
        "Messages of other routers that waited for one before them",
        heard::early);
    metrics.addCounter(
        "warmpath_replica_messages_ignored",
        "Messages of routers beyond the limit",
        heard::ignored);
    metrics.addCounter(
        "warmpath_replica_changes",
        "Changes of other routers' bookings that were applied",
        heard::changes);
    metrics.addCounter(
        "warmpath_replica_changes_dropped",
        "Changes of own bookings that were not told because too many waited",
        replicas::droppedChanges);
    metrics.addCounter(
        "warmpath_replica_snapshots_asked",
        "Snapshots of other routers asked for, repetitions included",
        heard::questions);
    metrics.addCounter(
        "warmpath_replica_snapshots_applied",
        "Snapshots that replaced what was known of a router",
        heard::repairs);
    metrics.addCounter(
        "warmpath_replica_divergences",
        "Digests of other routers that differed though no message was missing",
        heard::divergences);
    metrics.addCounter(
        "warmpath_replica_deaths",
        "Routers that fell silent; their bookings ended here",
        heard::deaths);
    metrics.addCounter(
        "warmpath_replica_bookings_unplaced",
        "Times that a booking of another router found no target here",
        heard::unplaced);
  }

  private static long reportedTargets(FleetRegistry registry, LoadLedger ledger, long now) {
    return registry.current().targets().stream()
        .filter(target -> ledger.reported(target.slot(), now) != null)
        .count();
  }

  private static long unbookedRequests(FleetRegistry registry, LoadLedger ledger, long now) {
    return registry.current().targets().stream()
        .mapToInt(Target::slot)
        .mapToLong(slot -> ledger.activeRequests(slot, now) - ledger.bookedRequests(slot))
        .sum();
  }

  static RouteSource routes(RouteCounters counters) {
    Map<String, LongSupplier> booked = new HashMap<>();
    counters
        .routed()
        .keySet()
        .forEach(policy -> booked.put(policy, () -> counters.routed().getOrDefault(policy, 0L)));
    return new RouteSource(
        booked,
        others(counters),
        counters::invalid,
        counters::exclusions,
        counters::promptBlocks,
        counters::overlapBlocks,
        counters::reportsApplied,
        counters::reportsUnknown,
        counters::bookingsFailed,
        counters::releasedByStream);
  }

  private static Map<String, LongSupplier> others(RouteCounters counters) {
    Map<String, LongSupplier> others = new HashMap<>();
    for (Refusal refusal : Refusal.values()) {
      others.put(
          refusal.name().toLowerCase(Locale.ROOT),
          () -> counters.refused().getOrDefault(refusal, 0L));
    }
    others.put("dry_run", counters::dryRuns);
    others.put("all_excluded", counters::allExcluded);
    others.put("overloaded", counters::overloaded);
    others.put("queue_full", counters::queueFull);
    others.put("waited_too_long", counters::waitedTooLong);
    others.put("unknown_model", counters::unknownModels);
    others.put(
        "invalid", () -> counters.invalid().values().stream().mapToLong(Long::longValue).sum());
    return others;
  }
}
