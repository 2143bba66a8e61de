package dev.warmpath.router.route;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the operator and the request ask of the choice, beside model and policy. Immutable.
 *
 * @param filters leave out targets that answer the request: aggregated and decode targets
 * @param prefillFilters the same for targets that only compute the prompt
 * @param loraName the adapter that a target should have loaded; empty for none
 * @param preferences labels that a worker should have
 * @param temperature 0 for the cheapest target; above, one drawn by chance: see {@link Sampling}
 * @param session the session that the request stays with; null for none
 * @param disaggregation how prefill and decode targets share the work
 */
public record ChoiceRules(
    List<Filter> filters,
    List<Filter> prefillFilters,
    String loraName,
    List<Preference> preferences,
    double temperature,
    @Nullable Session session,
    Disaggregation disaggregation) {
  /** Highest temperature: beyond it chances hardly become more even. */
  public static final double MAX_TEMPERATURE = 100;

  /** Asks nothing. */
  public static final ChoiceRules NONE =
      new ChoiceRules(List.of(), List.of(), "", List.of(), 0, null, Disaggregation.ALWAYS);

  public ChoiceRules {
    filters = List.copyOf(filters);
    prefillFilters = List.copyOf(prefillFilters);
    preferences = List.copyOf(preferences);
    if (!(temperature >= 0 && temperature <= MAX_TEMPERATURE)) {
      throw new IllegalArgumentException(
          "temperature must be 0 to %s: %s".formatted(MAX_TEMPERATURE, temperature));
    }
  }
}
