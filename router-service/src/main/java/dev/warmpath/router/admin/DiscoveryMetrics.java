package dev.warmpath.router.admin;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;

/** Membership: what was refused, and how fresh the fleet is. */
final class DiscoveryMetrics implements MeterBinder {
  private final DiscoverySource source;

  DiscoveryMetrics(DiscoverySource source) {
    this.source = source;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    source
        .refusals()
        .forEach((reason, count) ->
            Meters.counter(
                registry,
                "warmpath_discovery_refused",
                "Workers and fleet files that were refused",
                count,
                "reason",
                reason));
    Meters.counter(
        registry, "warmpath_discovery_lists", "Full listings of the fleet", source.lists());
    Meters.counter(
        registry,
        "warmpath_discovery_failures",
        "Times that the source of membership was lost",
        source.failures());
    Meters.gauge(
        registry,
        "warmpath_discovery_connected",
        "1 while the source of membership answers",
        () -> source.connected().getAsBoolean() ? 1 : 0);
    Meters.gauge(
        registry,
        "warmpath_discovery_state_age_seconds",
        "Time since the source was reached or lost",
        () -> seconds(source.inState().get()));
    Meters.gauge(
        registry,
        "warmpath_discovery_change_age_seconds",
        "Time since the fleet changed last",
        () -> seconds(source.sinceChange().get()));
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1e3;
  }
}
