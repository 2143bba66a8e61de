package dev.warmpath.router.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How the requests for one model are placed, as the operator wants it. Immutable.
 *
 * @param policy decides for requests that name none
 * @param requiredLabels labels that a worker must have, each with its value
 * @param excludeStale whether a target whose index may be behind its cache gets no request
 * @param limits how loaded a target may be and still get a request
 */
public record ModelRouting(
    Policy policy, Map<String, String> requiredLabels, boolean excludeStale, LoadLimits limits) {
  public ModelRouting {
    requiredLabels = Map.copyOf(requiredLabels);
  }

  /** A policy, and no rule beside it. */
  public static ModelRouting of(Policy policy) {
    return new ModelRouting(policy, Map.of(), false, LoadLimits.NONE);
  }

  /**
   * The filters that hold for every request.
   *
   * @param drainingWorkers ids of workers that the operator drains
   */
  List<Filter> filters(Set<String> drainingWorkers) {
    List<Filter> filters = new ArrayList<>();
    filters.add(new Filter.Draining(drainingWorkers));
    requiredLabels.forEach((name, value) -> filters.add(new Filter.RequiredLabel(name, value)));
    if (excludeStale) {
      filters.add(new Filter.StaleIndex());
    }
    filters.addAll(limits.filters());
    return List.copyOf(filters);
  }
}
