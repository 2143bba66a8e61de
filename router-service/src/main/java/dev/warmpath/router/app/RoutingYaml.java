package dev.warmpath.router.app;

import dev.warmpath.router.route.LoadLimits;
import dev.warmpath.router.route.ModelRouting;
import dev.warmpath.router.route.Policies;
import dev.warmpath.router.route.Policy;
import dev.warmpath.router.route.RoutingSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Reads routing settings out of YAML. Stateless; any thread. */
final class RoutingYaml {
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
            section.labels("required_labels", defaults.requiredLabels()),
            section
                .oneOf(
                    "stale_index",
                    defaults.excludeStale() ? "exclude" : "report",
                    "report",
                    "exclude")
                .equals("exclude"),
            limits(section.section("limits"), defaults.limits()));
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
