package dev.warmpath.router.app;

import dev.warmpath.router.route.ChoiceRules;
import dev.warmpath.router.route.LoadLimits;
import dev.warmpath.router.route.ModelRouting;
import dev.warmpath.router.route.Policies;
import dev.warmpath.router.route.Policy;
import dev.warmpath.router.route.Preference;
import dev.warmpath.router.route.RoutingSettings;
import dev.warmpath.router.route.SessionAffinity;
import dev.warmpath.router.route.WaitingLimits;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Reads routing settings out of YAML. Stateless; any thread. */
final class RoutingYaml {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double NANOS_PER_MILLI = 1e6;

  /** A year. */
  private static final double MAX_SESSION_TTL_SECONDS = 31_536_000;

  private RoutingYaml() {}

  /**
   * The settings in {@code text}.
   *
   * @param file named in errors
   * @param defaultPolicy decides where the file names no policy
   * @throws RoutingFileException names the field and value of the first mistake
   */
  static RoutingSettings parse(String file, String text, Policy defaultPolicy)
      throws RoutingFileException {
    try {
      YamlSection root = YamlSection.root(text);
      ModelRouting defaults = model(root.section("defaults"), ModelRouting.of(defaultPolicy));
      Map<String, ModelRouting> models = new HashMap<>();
      YamlSection named = root.section("models");
      for (String name : named.names()) {
        models.put(name, model(named.section(name), defaults));
      }
      Set<String> draining = root.texts("draining");
      root.end();
      return new RoutingSettings(defaults, models, draining);
    } catch (IllegalArgumentException e) {
      throw new RoutingFileException(file + ": " + e.getMessage());
    }
  }

  /** What a section does not name is as in {@code defaults}. */
  private static ModelRouting model(YamlSection section, ModelRouting defaults) {
    ModelRouting routing =
        new ModelRouting(
            policy(section, defaults.policy()),
            section.number("temperature", defaults.temperature(), 0, ChoiceRules.MAX_TEMPERATURE),
            section.labels("required_labels", defaults.requiredLabels()),
            preferences(section, defaults.preferences()),
            section
                .oneOf(
                    "stale_index",
                    defaults.excludeStale() ? "exclude" : "report",
                    "report",
                    "exclude")
                .equals("exclude"),
            limits(section.section("limits"), defaults.limits()),
            affinity(section, defaults.affinity()),
            sessionTtlNanos(section, defaults.sessionTtlNanos()),
            DisaggregationYaml.parse(section.section("disaggregation"), defaults.disaggregation()),
            waiting(section.section("waiting"), defaults.waiting()));
    section.end();
    return routing;
  }

  private static Policy policy(YamlSection section, Policy defaultPolicy) {
    String name = section.text("policy", defaultPolicy.policyName());
    Policy policy = Policies.named(name);
    if (policy == null) {
      throw section.wrong("policy", "must be one of " + Policies.names(), name);
    }
    return policy;
  }

  private static List<Preference> preferences(YamlSection section, List<Preference> defaults) {
    if (!section.names().contains("preferred_labels")) {
      return defaults;
    }
    List<Preference> preferences = new ArrayList<>();
    for (YamlSection label : section.sections("preferred_labels")) {
      preferences.add(
          new Preference(
              label.text("name", ""),
              label.text("value", ""),
              label.number("weight", 1, Double.MIN_VALUE, Preference.MAX_WEIGHT)));
      label.end();
    }
    return preferences;
  }

  private static SessionAffinity affinity(YamlSection section, SessionAffinity defaults) {
    String word =
        section.oneOf(
            "session_affinity", defaults.name().toLowerCase(Locale.ROOT), "off", "soft", "hard");
    return SessionAffinity.valueOf(word.toUpperCase(Locale.ROOT));
  }

  private static long sessionTtlNanos(YamlSection section, long defaults) {
    double seconds =
        section.number(
            "session_ttl_seconds", defaults / NANOS_PER_SECOND, 1, MAX_SESSION_TTL_SECONDS);
    return (long) (seconds * NANOS_PER_SECOND);
  }

  private static WaitingLimits waiting(YamlSection section, WaitingLimits defaults) {
    double requests =
        section.number("max_requests", defaults.maxRequests(), 0, WaitingLimits.MAX_REQUESTS);
    double millis =
        section.number(
            "max_wait_ms",
            defaults.maxWaitNanos() / NANOS_PER_MILLI,
            0,
            (double) WaitingLimits.MAX_WAIT.toMillis());
    section.end();
    return new WaitingLimits((int) requests, (long) (millis * NANOS_PER_MILLI));
  }

  private static LoadLimits limits(YamlSection section, LoadLimits defaults) {
    LoadLimits limits =
        new LoadLimits(
            section.aboveZero("max_kv_share", defaults.maxKvShare()),
            section.whole("max_queued_prefill_tokens", defaults.maxQueuedPrefillTokens()),
            section.aboveZero("max_queued_prefill_steps", defaults.maxQueuedPrefillSteps()),
            section.aboveZero("max_batch_share", defaults.maxBatchShare()));
    section.end();
    return limits;
  }
}
