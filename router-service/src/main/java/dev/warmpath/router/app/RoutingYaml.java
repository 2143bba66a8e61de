package dev.warmpath.router.app;

import dev.warmpath.router.route.ModelRouting;
import dev.warmpath.router.route.Policies;
import dev.warmpath.router.route.Policy;
import dev.warmpath.router.route.RoutingSettings;
import dev.warmpath.router.settings.RoutingSections;
import dev.warmpath.router.settings.YamlException;
import dev.warmpath.router.settings.YamlFields;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Reads routing settings out of YAML. Stateless; any thread. */
final class RoutingYaml {
  private static final List<String> ROOT = List.of("defaults", "models", "draining");
  private static final List<String> MODEL =
      Stream.concat(Stream.of("policy", "stale_index"), RoutingSections.FIELDS.stream()).toList();
  private static final List<String> POLICIES =
      Arrays.stream(Policies.values()).map(Policies::policyName).toList();
  private static final String REPORT = "report";
  private static final String EXCLUDE = "exclude";

  private RoutingYaml() {}

  /**
   * The settings in {@code text}.
   *
   * @param file named in errors
   * @param defaultPolicy decides where the file names no policy
   * @throws RoutingFileException names line, field and value of the first mistake
   */
  static RoutingSettings parse(String file, String text, Policy defaultPolicy)
      throws RoutingFileException {
    try {
      YamlFields root = YamlFields.parse(file, text, ROOT);
      ModelRouting defaults =
          model(root.mappingOrEmpty("defaults", MODEL), ModelRouting.of(defaultPolicy));
      Map<String, ModelRouting> models = new HashMap<>();
      root.mappingsByName("models", MODEL)
          .forEach((name, fields) -> models.put(name, model(fields, defaults)));
      return new RoutingSettings(defaults, models, Set.copyOf(root.texts("draining")));
    } catch (YamlException e) {
      throw new RoutingFileException(String.valueOf(e.getMessage()));
    }
  }

  /** What is not named is as in {@code defaults}. */
  private static ModelRouting model(YamlFields fields, ModelRouting defaults) {
    return new ModelRouting(
        policy(fields, defaults.policy()),
        RoutingSections.temperature(fields, defaults.temperature()),
        RoutingSections.requiredLabels(fields, defaults.requiredLabels()),
        RoutingSections.preferredLabels(fields, defaults.preferences()),
        fields
            .word(
                "stale_index", defaults.excludeStale() ? EXCLUDE : REPORT, List.of(REPORT, EXCLUDE))
            .equals(EXCLUDE),
        RoutingSections.limits(fields, defaults.limits()),
        RoutingSections.affinity(fields, defaults.affinity()),
        RoutingSections.sessionTtlNanos(fields, defaults.sessionTtlNanos()),
        RoutingSections.disaggregation(fields, defaults.disaggregation()),
        RoutingSections.waiting(fields, defaults.waiting()));
  }

  private static Policy policy(YamlFields fields, Policy defaults) {
    Policy named = Policies.named(fields.word("policy", defaults.policyName(), POLICIES));
    return named == null ? defaults : named;
  }
}
