package dev.warmpath.router.replay.deploy;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.route.Links;
import dev.warmpath.router.route.Preference;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * What the router goes by and the wiring of pools must go together: what is told of one must mean
 * something to the other.
 */
final class LabelChecks {
  private LabelChecks() {}

  static void check(List<Pool> pools, RouterRules rules) {
    Links links = rules.disaggregation().links();
    for (Pool pool : pools) {
      requireBytes(pool, links);
      requireNamed(pool, rules);
      rules.requiredLabels().forEach((label, value) -> requireWorker(pool, label, value));
    }
    for (int i = 0; i < rules.preferences().size(); i++) {
      requireWorker(pools, rules.preferences().get(i), "router.preferred_labels[%d]".formatted(i));
    }
    for (int i = 0; i < links.near().size(); i++) {
      requireLabel(
          pools, links.near().get(i).label(), "router.disaggregation.links[%d].label".formatted(i));
    }
  }

  private static void requireBytes(Pool pool, Links links) {
    long bytes = pool.wiring().kvBytesPerBlock();
    boolean sends = pool.role() == Role.PREFILL && !links.free();
    if (sends && bytes == 0) {
      throw new MisfitException(
          pool.field("kv_bytes_per_block"), "links need kv_bytes_per_block of the prefill pool");
    }
    if (!sends && bytes > 0) {
      throw new MisfitException(
          pool.field("kv_bytes_per_block"),
          "kv_bytes_per_block is for a prefill pool with links, was %d of pool %s%s"
              .formatted(bytes, pool.name(), links.free() ? " without links" : ""));
    }
  }

  private static void requireNamed(Pool pool, RouterRules rules) {
    for (Map.Entry<String, List<String>> label : pool.wiring().labels().entrySet()) {
      if (!isNamed(label.getKey(), rules)) {
        throw new MisfitException(
            pool.field("labels." + label.getKey()),
            "labels of pool %s have %s %s, which the router neither requires nor prefers and no"
                    .formatted(pool.name(), label.getKey(), label.getValue())
                + " link names");
      }
    }
  }

  private static boolean isNamed(String label, RouterRules rules) {
    return rules.requiredLabels().containsKey(label)
        || rules.preferences().stream().anyMatch(preferred -> preferred.name().equals(label))
        || rules.disaggregation().links().near().stream()
            .anyMatch(link -> link.label().equals(label));
  }

  private static void requireWorker(Pool pool, String label, String value) {
    if (!has(pool, label, value)) {
      throw new MisfitException(
          "router.required_labels." + label,
          "required_labels leave nobody in pool %s: none of its workers has %s %s"
              .formatted(pool.name(), label, value));
    }
  }

  private static void requireWorker(List<Pool> pools, Preference preferred, String path) {
    if (pools.stream()
        .noneMatch(pool -> values(pool, preferred.name()).contains(preferred.value()))) {
      throw new MisfitException(
          path,
          "preferred_labels name %s %s, which no pool has"
              .formatted(preferred.name(), preferred.value()));
    }
  }

  /** Whether one of its workers has a label with this value. */
  private static boolean has(Pool pool, String label, String value) {
    int first = values(pool, label).indexOf(value);
    return first >= 0 && first < pool.workers();
  }

  private static List<String> values(Pool pool, String label) {
    return pool.wiring().labels().getOrDefault(label, List.of());
  }

  private static void requireLabel(List<Pool> pools, String label, String path) {
    for (Pool pool : pools) {
      if (!pool.wiring().labels().containsKey(label)) {
        throw new MisfitException(
            path, "links name the label %s, which pool %s lacks".formatted(label, pool.name()));
      }
    }
    List<List<String>> values = pools.stream().map(pool -> values(pool, label)).toList();
    if (Collections.disjoint(values.getFirst(), values.getLast())) {
      throw new MisfitException(
          path,
          "links name the label %s, of which the pools share no value: %s"
              .formatted(label, values));
    }
  }
}
