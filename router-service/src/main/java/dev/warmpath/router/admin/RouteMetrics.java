package dev.warmpath.router.admin;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.LongSupplier;

/** Requests to route, by policy and outcome, and what became of their bookings. */
final class RouteMetrics implements MeterBinder {
  private static final String NO_POLICY = "none";

  private final RouteSource source;

  RouteMetrics(RouteSource source) {
    this.source = source;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
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
