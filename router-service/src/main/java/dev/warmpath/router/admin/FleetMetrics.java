package dev.warmpath.router.admin;

import dev.warmpath.router.fleet.Fleet;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Target;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The targets by model and role, as of the last {@link #refresh}, and how many are stale. */
final class FleetMetrics {
  private final Supplier<Fleet> fleet;
  private final IntPredicate isStale;
  private final MultiGauge targets;

  FleetMetrics(MeterRegistry registry, Supplier<Fleet> fleet, IntPredicate isStale) {
    this.fleet = fleet;
    this.isStale = isStale;
    this.targets =
        MultiGauge.builder("warmpath_fleet_model_targets")
            .description("Targets of a model, by role")
            .register(registry);
    Meters.gauge(registry, "warmpath_fleet_targets", "Targets", () -> fleet.get().targets().size());
    Meters.gauge(
        registry,
        "warmpath_fleet_stale_targets",
        "Targets that the index may be behind",
        this::staleTargets);
  }

  /** Makes the series those of the models that are served at this moment. */
  synchronized void refresh() {
    Map<ModelRole, Long> counts =
        fleet.get().targets().stream()
            .collect(Collectors.groupingBy(ModelRole::of, Collectors.counting()));
    List<MultiGauge.Row<?>> rows =
        counts.entrySet().stream()
            .limit(IndexMetrics.MAX_MODELS)
            .<MultiGauge.Row<?>>map(
                entry -> MultiGauge.Row.of(entry.getKey().tags(), entry.getValue()))
            .toList();
    targets.register(rows, true);
  }

  private long staleTargets() {
    return fleet.get().targets().stream().filter(target -> isStale.test(target.slot())).count();
  }

  private record ModelRole(String model, Role role) {
    static ModelRole of(Target target) {
      return new ModelRole(target.worker().model(), target.worker().role());
    }

    Tags tags() {
      return Tags.of("model", model, "role", role.name().toLowerCase(Locale.ROOT));
    }
  }
}
