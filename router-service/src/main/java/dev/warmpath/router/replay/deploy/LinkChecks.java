package dev.warmpath.router.replay.deploy;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.route.Links;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Links and the wiring of pools must go together: what is told of one must mean something. */
final class LinkChecks {
  private LinkChecks() {}

  static void check(List<Pool> pools, Links links) {
    for (Pool pool : pools) {
      requireBytes(pool, links);
      requireNamed(pool, links);
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

  private static void requireNamed(Pool pool, Links links) {
    for (Map.Entry<String, List<String>> label : pool.wiring().labels().entrySet()) {
      if (links.near().stream().noneMatch(link -> link.label().equals(label.getKey()))) {
        throw new MisfitException(
            pool.field("labels." + label.getKey()),
            "labels of pool %s have %s %s, which no link names"
                .formatted(pool.name(), label.getKey(), label.getValue()));
      }
    }
  }

  private static void requireLabel(List<Pool> pools, String label, String path) {
    for (Pool pool : pools) {
      if (!pool.wiring().labels().containsKey(label)) {
        throw new MisfitException(
            path, "links name the label %s, which pool %s lacks".formatted(label, pool.name()));
      }
    }
    List<List<String>> values =
        pools.stream().map(pool -> pool.wiring().labels().getOrDefault(label, List.of())).toList();
    if (Collections.disjoint(values.getFirst(), values.getLast())) {
      throw new MisfitException(
          path,
          "links name the label %s, of which the pools share no value: %s"
              .formatted(label, values));
    }
  }
}
