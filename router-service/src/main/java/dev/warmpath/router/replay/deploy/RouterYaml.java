package dev.warmpath.router.replay.deploy;

import dev.warmpath.router.settings.RoutingSections;
import dev.warmpath.router.settings.YamlFields;
import java.util.List;
import java.util.stream.Stream;

/** Reads the router of a {@link Deployment}; fields mean what they mean in the routing settings. */
final class RouterYaml {
  static final List<String> FIELDS =
      Stream.concat(
              Stream.of("policies", "event_delay_ms", "event_loss"),
              RoutingSections.FIELDS.stream())
          .toList();
  private static final double NANOS_PER_MILLI = 1e6;

  private RouterYaml() {}

  static EventFaults faults(YamlFields router) {
    return new EventFaults(
        Math.round(router.number("event_delay_ms", 0) * NANOS_PER_MILLI),
        router.number("event_loss", 0, 0, 1));
  }

  static RouterRules rules(YamlFields router) {
    RouterRules none = RouterRules.NONE;
    return new RouterRules(
        RoutingSections.requiredLabels(router, none.requiredLabels()),
        RoutingSections.preferredLabels(router, none.preferences()),
        RoutingSections.temperature(router, none.temperature()),
        RoutingSections.affinity(router, none.affinity()),
        RoutingSections.sessionTtlNanos(router, none.sessionTtlNanos()),
        RoutingSections.limits(router, none.limits()),
        RoutingSections.waiting(router, none.waiting()),
        RoutingSections.disaggregation(router, none.disaggregation()));
  }
}
