package dev.warmpath.router.discovery;

import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.Worker;
import java.util.Collection;
import java.util.Map;

/**
 * Makes the fleet what discovery found. The whole set is handed over at each change, so that a
 * worker that did not fit joins as soon as it does. Not thread-safe.
 */
final class FleetPublisher {
  private final FleetRegistry registry;
  private final RefusalLog log;
  private Map<String, String> refusals = Map.of();

  FleetPublisher(FleetRegistry registry, RefusalLog log) {
    this.registry = registry;
    this.log = log;
  }

  /**
   * Makes the fleet {@code workers}; those that do not fit are counted and logged.
   *
   * @return by worker id, why it did not fit
   */
  Map<String, String> publish(Collection<Worker> workers) {
    Map<String, String> refused = registry.replaceAll(workers);
    if (!refused.isEmpty()) {
      // A model whose block size changes everywhere: the first pass takes out the old peers that
      // the refused ones did not fit.
      refused = registry.replaceAll(workers);
    }
    refused.forEach((id, reason) -> {
      if (!refusals.containsKey(id)) {
        log.refused("worker '" + id + "'", RefusalKind.DOES_NOT_FIT, reason);
      }
    });
    refusals = refused;
    return refused;
  }
}
