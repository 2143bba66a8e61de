package dev.warmpath.router.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How the requests for one model are placed, as the operator wants it. Immutable.
 *
 * @param policy decides for requests that name none
 * @param temperature of the choice, for requests that name none: see {@link Sampling}
 * @param requiredLabels labels that a worker must have, each with its value
 * @param preferences labels that a worker should have
 * @param excludeStale whether a target whose index may be behind its cache gets no request
 * @param limits how loaded a target may be and still get a request
 * @param affinity how sessions stay on a target, for requests that do not say
 * @param sessionTtlNanos how long a session keeps its target after its last request, above 0
 * @param disaggregation how prefill and decode targets share the work
 * @param waiting whether requests wait when every target is beyond its limits
 */
public record ModelRouting(
    Policy policy,
    double temperature,
    Map<String, String> requiredLabels,
    List<Preference> preferences,
    boolean excludeStale,
    LoadLimits limits,
    SessionAffinity affinity,
    long sessionTtlNanos,
    Disaggregation disaggregation,
    WaitingLimits waiting) {
  /** How long a session keeps its target unless told otherwise: 10 minutes. */
  public static final long DEFAULT_SESSION_TTL_NANOS = 600_000_000_000L;

  public ModelRouting {
    requiredLabels = Map.copyOf(requiredLabels);
    preferences = List.copyOf(preferences);
  }

  /** Rules under which nobody waits. */
  public ModelRouting(
      Policy policy,
      double temperature,
      Map<String, String> requiredLabels,
      List<Preference> preferences,
      boolean excludeStale,
      LoadLimits limits,
      SessionAffinity affinity,
      long sessionTtlNanos,
      Disaggregation disaggregation) {
    this(
        policy,
        temperature,
        requiredLabels,
        preferences,
        excludeStale,
        limits,
        affinity,
        sessionTtlNanos,
        disaggregation,
        WaitingLimits.OFF);
  }

  /** A policy, and no rule beside it. */
  public static ModelRouting of(Policy policy) {
    return new ModelRouting(
        policy,
        0,
        Map.of(),
        List.of(),
        false,
        LoadLimits.NONE,
        SessionAffinity.SOFT,
        DEFAULT_SESSION_TTL_NANOS,
        Disaggregation.ALWAYS);
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
