package dev.warmpath.router.replay;

import dev.warmpath.indexer.event.RepeatedStores;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.router.fleet.CostCoefficients;
import dev.warmpath.router.fleet.FleetListener;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.KvHandOver;
import dev.warmpath.router.fleet.ModelTargets;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Worker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The fleet of a replay, as a router sees it: equal workers that never change. */
final class ReplayFleet {
  /** The one model that is served. */
  static final String MODEL = "replayed";

  /** The one life of every worker. */
  static final long INCARNATION = 1;

  private ReplayFleet() {}

  static ModelTargets targets(ReplayOptions options, int blockSize) {
    FleetRegistry registry = new FleetRegistry(options.targets(), NobodyListens.INSTANCE);
    List<Worker> workers = new ArrayList<>();
    for (int number = 0; number < options.workers(); number++) {
      workers.add(worker("worker-%05d".formatted(number), options, blockSize));
    }
    Map<String, String> refusals = registry.replaceAll(workers);
    if (!refusals.isEmpty()) {
      throw new IllegalStateException("workers refused: " + refusals);
    }
    return Objects.requireNonNull(registry.current().model(MODEL));
  }

  private static Worker worker(String id, ReplayOptions options, int blockSize) {
    return new Worker(
        id,
        id + ":0",
        MODEL,
        Role.AGGREGATED,
        blockSize,
        options.ranks(),
        options.blocksPerTarget(),
        options.speed().maxBatchRequests(),
        0,
        Set.of(),
        Set.of(Tier.DEVICE),
        Map.of(),
        INCARNATION,
        false,
        false,
        KvHandOver.UNKNOWN,
        RepeatedStores.COPIES,
        options.placedLife() == null,
        CostCoefficients.UNKNOWN);
  }

  private enum NobodyListens implements FleetListener {
    INSTANCE;

    @Override
    public void joined(Target target) {}

    @Override
    public void left(Target target, Runnable released) {
      released.run();
    }
  }
}
