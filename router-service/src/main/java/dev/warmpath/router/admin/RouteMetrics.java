package dev.warmpath.router.admin;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Requests to route, by policy and outcome, and what became of their bookings. Fields that break
 * their rule, and filters that leave out all targets, appear while the process runs: {@link
 * #refresh} registers those that are new.
 */
final class RouteMetrics {
  private static final String NO_POLICY = "none";

  private final MeterRegistry registry;
  private final RouteSource source;
  private final Set<String> fields = new HashSet<>();
  private final Set<String> filters = new HashSet<>();

  RouteMetrics(MeterRegistry registry, RouteSource source) {
    this.registry = registry;
    this.source = source;
    bind();
  }

  /** Registers the fields and filters that are new. */
  synchronized void refresh() {
    for (String filter : source.exclusions().get().keySet()) {
      if (filters.add(filter)) {
        Meters.counter(
            registry,
            "warmpath_route_exclusions",
            "Targets left out in requests for which none was left, by filter",
            () -> source.exclusions().get().getOrDefault(filter, 0L),
            "filter",
            filter);
      }
    }
    for (String field : source.invalidByField().get().keySet()) {
      if (fields.add(field)) {
        Meters.counter(
            registry,
            "warmpath_invalid_fields",
            "Requests and reports refused for a field, by field",
            () -> source.invalidByField().get().getOrDefault(field, 0L),
            "field",
            field);
      }
    }
  }

  private void bind() {
    source.bookedByPolicy().forEach((policy, count) -> requests(registry, policy, "booked", count));
    source
        .othersByOutcome()
        .forEach((outcome, count) -> requests(registry, NO_POLICY, outcome, count));
    Meters.counter(
        registry,
        "warmpath_route_prompt_blocks",
        "Blocks in the prompts of booked requests",
        source.promptBlocks());
    Meters.counter(
        registry,
        "warmpath_route_overlap_blocks",
        "Of them, blocks that the chosen target held",
        source.overlapBlocks());
    reports(registry, "applied", source.reportsApplied());
    reports(registry, "unknown_booking", source.reportsUnknown());
    Meters.counter(
        registry,
        "warmpath_bookings_failed",
        "Bookings that ended because a report said that the request failed",
        source.bookingsFailed());
    Meters.counter(
        registry,
        "warmpath_bookings_released_by_stream",
        "Bookings that ended because their stream did",
        source.releasedByStream());
  }

  private static void requests(
      MeterRegistry registry, String policy, String outcome, LongSupplier count) {
    Meters.counter(
        registry,
        "warmpath_route_requests",
        "Requests to route, by policy and outcome",
        count,
        "policy",
        policy,
        "outcome",
        outcome);
  }

  private static void reports(MeterRegistry registry, String outcome, LongSupplier count) {
    Meters.counter(
        registry,
        "warmpath_lifecycle_reports",
        "Lifecycle reports, by outcome",
        count,
        "outcome",
        outcome);
  }
}
