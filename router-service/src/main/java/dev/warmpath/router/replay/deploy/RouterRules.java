package dev.warmpath.router.replay.deploy;

import dev.warmpath.router.route.ChoiceRules;
import dev.warmpath.router.route.Disaggregation;
import dev.warmpath.router.route.LoadLimits;
import dev.warmpath.router.route.ModelRouting;
import dev.warmpath.router.route.Policy;
import dev.warmpath.router.route.Preference;
import dev.warmpath.router.route.SessionAffinity;
import dev.warmpath.router.route.WaitingLimits;
import java.util.List;
import java.util.Map;

/**
 * What the router goes by beside its policy: those of the routing settings that mean something to
 * simulated workers. Immutable.
 *
 * @param requiredLabels labels that a worker must have, each with its value
 * @param preferences labels that a worker should have
 * @param temperature of the choice, from 0
 * @param affinity how the sessions of a trace stay on a target
 * @param sessionTtlNanos how long a session keeps its target after its last request, above 0
 * @param limits how loaded a target may be and still get a request
 * @param waiting whether requests wait when every target is beyond its limits
 * @param disaggregation which prompts decode workers compute themselves, and how targets are paired
 */
public record RouterRules(
    Map<String, String> requiredLabels,
    List<Preference> preferences,
    double temperature,
    SessionAffinity affinity,
    long sessionTtlNanos,
    LoadLimits limits,
    WaitingLimits waiting,
    Disaggregation disaggregation) {
  /** The policy alone decides, whatever the load, and sessions mean nothing. */
  public static final RouterRules NONE =
      new RouterRules(
          Map.of(),
          List.of(),
          0,
          SessionAffinity.OFF,
          ModelRouting.DEFAULT_SESSION_TTL_NANOS,
          LoadLimits.NONE,
          WaitingLimits.OFF,
          Disaggregation.ALWAYS);

  public RouterRules {
    requiredLabels = Map.copyOf(requiredLabels);
    preferences = List.copyOf(preferences);
    if (!(temperature >= 0 && temperature <= ChoiceRules.MAX_TEMPERATURE)) {
      throw new IllegalArgumentException(
          "temperature must be 0 to %.0f: %s".formatted(ChoiceRules.MAX_TEMPERATURE, temperature));
    }
    if (sessionTtlNanos <= 0) {
      throw new IllegalArgumentException(
          "session_ttl_seconds must be above 0: " + sessionTtlNanos / 1e9);
    }
  }

  /** Whether it matters to the choice which labels a worker has. */
  public boolean haveLabels() {
    return !requiredLabels.isEmpty() || !preferences.isEmpty();
  }

  /** Whether a target may be too loaded to get a request. */
  public boolean haveLimits() {
    return !limits.equals(LoadLimits.NONE);
  }

  /** These rules with a policy, as the router takes them. */
  public ModelRouting with(Policy policy) {
    return new ModelRouting(
        policy,
        temperature,
        requiredLabels,
        preferences,
        false,
        limits,
        affinity,
        sessionTtlNanos,
        disaggregation,
        waiting);
  }
}
