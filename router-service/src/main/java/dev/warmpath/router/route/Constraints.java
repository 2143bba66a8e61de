package dev.warmpath.router.route;

import java.util.List;

/**
 * What the operator and the request ask of targets, beyond their model and role. Immutable.
 *
 * @param filters leave out targets that answer the request: aggregated and decode targets
 * @param prefillFilters the same for targets that only compute the prompt
 * @param loraName the adapter that a target should have loaded; empty for none
 */
public record Constraints(List<Filter> filters, List<Filter> prefillFilters, String loraName) {
  /** Asks nothing. */
  public static final Constraints NONE = new Constraints(List.of(), List.of(), "");

  public Constraints {
    filters = List.copyOf(filters);
    prefillFilters = List.copyOf(prefillFilters);
  }
}
