package dev.warmpath.router.app;

import dev.warmpath.indexer.index.IndexCounters;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.indexer.ingest.Ingest;
import dev.warmpath.router.admin.DiscoverySource;
import dev.warmpath.router.admin.MetricSources;
import dev.warmpath.router.admin.RouteSource;
import dev.warmpath.router.discovery.MembershipState;
import dev.warmpath.router.discovery.RefusalKind;
import dev.warmpath.router.fleet.Fleet;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.grpc.RouteCounters;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/** Tells the metrics where to read. */
final class MetricsWiring {
  private MetricsWiring() {}

  static MetricSources sources(
      FleetRegistry registry,
      LoadLedger ledger,
      Ingest ingest,
      Membership membership,
      RouteCounters routes) {
    return new MetricSources(
        registry::current,
        ingest::isStale,
        ledger,
        () -> indexCounters(registry.current(), ingest),
        ingest.counters(),
        ingest::inboxBatches,
        discovery(membership),
        routes(routes));
  }

  private static Map<String, IndexCounters> indexCounters(Fleet fleet, Ingest ingest) {
    Map<String, IndexCounters> counters = new HashMap<>();
    for (String model : fleet.models()) {
      PrefixIndex index = ingest.index(model);
      if (index != null) {
        counters.put(model, index.counters());
      }
    }
    return counters;
  }

  private static DiscoverySource discovery(Membership membership) {
    Map<String, LongSupplier> refusals =
        Arrays.stream(RefusalKind.values())
            .collect(
                Collectors.toMap(
                    kind -> kind.name().toLowerCase(Locale.ROOT),
                    kind -> () -> membership.counters().refused(kind)));
    return new DiscoverySource(
        refusals,
        membership.counters()::lists,
        membership.counters()::failures,
        () -> membership.state().get().connected(),
        () -> since(membership.state().get().sinceNanos()),
        () -> since(membership.state().get().changedNanos()));
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }

  private static RouteSource routes(RouteCounters counters) {
    return new RouteSource(
        counters::routed,
        () -> refusals(counters),
        counters::dryRuns,
        counters::promptBlocks,
        counters::overlapBlocks,
        counters::reportsApplied,
        counters::reportsUnknown,
        counters::releasedByStream);
  }

  private static Map<String, Long> refusals(RouteCounters counters) {
    Map<String, Long> refusals = new HashMap<>();
    counters
        .refused()
        .forEach((refusal, count) -> refusals.put(refusal.name().toLowerCase(Locale.ROOT), count));
    refusals.put("unknown_model", counters.unknownModels());
    refusals.put(
        "invalid", counters.invalid().values().stream().mapToLong(Long::longValue).sum());
    return refusals;
  }
}
