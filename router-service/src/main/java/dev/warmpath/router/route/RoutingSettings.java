package dev.warmpath.router.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How requests are placed, model by model. Immutable: a change makes another one, and a request
 * goes by the one that it finds when it comes.
 */
public final class RoutingSettings {
  /*
   * The filters that hold for every request are made here, once, so that a request which asks for
   * nothing of its own makes no list.
   */
  private final Set<String> drainingWorkers;
  private final Rules defaults;
  private final Map<String, Rules> models;

  /**
   * @param defaults holds for models that are not named
   * @param models by model
   * @param drainingWorkers ids of workers that get no new request; those that are not in the fleet
   *     are no error
   */
  public RoutingSettings(
      ModelRouting defaults, Map<String, ModelRouting> models, Set<String> drainingWorkers) {
    this.drainingWorkers = Set.copyOf(drainingWorkers);
    this.defaults = rules(defaults);
    this.models =
        models.entrySet().stream()
            .collect(
                Collectors.toUnmodifiableMap(Map.Entry::getKey, entry -> rules(entry.getValue())));
  }

  /** One policy for all models, and no rule beside it. */
  public static RoutingSettings of(Policy policy) {
    return new RoutingSettings(ModelRouting.of(policy), Map.of(), Set.of());
  }

  /** What holds for a model. */
  public ModelRouting model(String model) {
    return rulesOf(model).routing;
  }

  /** Ids of the workers that get no new request. */
  public Set<String> drainingWorkers() {
    return drainingWorkers;
  }

  /**
   * The filters for a request that asks {@code own} beside those that hold for all of its model.
   */
  public List<Filter> filters(String model, List<Filter> own) {
    return joined(rulesOf(model), own);
  }

  private Rules rulesOf(String model) {
    return models.getOrDefault(model, defaults);
  }

  private Rules rules(ModelRouting routing) {
    return new Rules(routing, routing.filters(drainingWorkers));
  }

  /** Draining first, then what the request asks, then the rest: see {@link Filter}. */
  private static List<Filter> joined(Rules rules, List<Filter> own) {
    if (own.isEmpty()) {
      return rules.filters;
    }
    List<Filter> filters = new ArrayList<>(rules.filters);
    filters.addAll(1, own);
    return filters;
  }

  private record Rules(ModelRouting routing, List<Filter> filters) {}
}
