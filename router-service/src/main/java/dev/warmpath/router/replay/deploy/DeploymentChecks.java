package dev.warmpath.router.replay.deploy;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.replay.engine.EngineModel;
import dev.warmpath.router.replay.engine.RankLimits;
import dev.warmpath.router.route.Disaggregation;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a {@link Deployment} must be; complaints name field and value. */
final class DeploymentChecks {
  private static final String POOLS = "pools";

  private DeploymentChecks() {}

  /** Complains about the first thing that does not go with another. */
  static void check(
      EngineModel engine, List<Pool> pools, RouterRules rules, List<Failure> failures) {
    List<Role> roles = pools.stream().map(Pool::role).sorted().toList();
    if (!roles.equals(List.of(Role.AGGREGATED))
        && !roles.equals(List.of(Role.PREFILL, Role.DECODE))) {
      throw new MisfitException(
          POOLS,
          "pools must be one aggregated, or one prefill and one decode; were "
              + pools.stream().map(Pool::name).collect(Collectors.joining(", ")));
    }
    requireOneBlockSize(pools);
    requireRoom(pools);
    requireOwnQueues(pools, rules);
    requireTwoPools(pools, rules.disaggregation());
    LabelChecks.check(pools, rules);
    for (Pool pool : pools) {
      requireTimes(engine, pool, rules.disaggregation());
    }
    for (int i = 0; i < failures.size(); i++) {
      requireWorker(pools, failures.get(i), "failures[%d]".formatted(i));
    }
  }

  private static void requireOneBlockSize(List<Pool> pools) {
    List<Integer> sizes =
        pools.stream().map(pool -> pool.setup().limits().blockSize()).distinct().toList();
    if (sizes.size() > 1) {
      throw new MisfitException(POOLS, "pools must have one block_size, have " + sizes);
    }
  }

  private static void requireRoom(List<Pool> pools) {
    long targets =
        pools.stream().mapToLong(pool -> (long) pool.workers() * pool.setup().ranks()).sum();
    if (targets > Deployment.MAX_TARGETS) {
      throw new MisfitException(
          POOLS,
          "workers times ranks must be at most %d over all pools, was %d"
              .formatted(Deployment.MAX_TARGETS, targets));
    }
  }

  private static void requireOwnQueues(List<Pool> pools, RouterRules rules) {
    for (Pool pool : pools) {
      String asks = asksOfSingleWorkers(pool, rules);
      if (asks != null && pool.setup().sharedQueue()) {
        throw new MisfitException(
            pool.field("shared_queue"),
            "%s need shared_queue false in pool %s: its workers are one target to the router"
                .formatted(asks, pool.name()));
      }
    }
  }

  /** What of the rules looks at each worker of a pool; null for nothing. */
  private static @Nullable String asksOfSingleWorkers(Pool pool, RouterRules rules) {
    if (rules.haveLimits()) {
      return "limits";
    }
    if (rules.haveLabels()) {
      return "required and preferred labels";
    }
    boolean prefill = pool.role() == Role.PREFILL;
    if (prefill && !rules.disaggregation().links().free()) {
      return "links";
    }
    return switch (rules.disaggregation().when()) {
      case LOCAL_PREFILL_LENGTH, COST ->
          prefill
              ? "prompts that decode workers compute by " + rules.disaggregation().when().word()
              : null;
      case ALWAYS, EFFECTIVE_ISL -> null;
    };
  }

  private static void requireTwoPools(List<Pool> pools, Disaggregation disaggregation) {
    if (pools.size() == 1 && !disaggregation.equals(Disaggregation.ALWAYS)) {
      throw new MisfitException(
          "router.disaggregation",
          "disaggregation is for a prefill and a decode pool: there is an aggregated one");
    }
  }

  private static void requireTimes(EngineModel engine, Pool pool, Disaggregation disaggregation) {
    boolean preempts = pool.setup().limits().preemption();
    if (pool.role() != Role.DECODE || !(preempts || disaggregation.decodeMayPrefill())) {
      return;
    }
    String why =
        (preempts
                ? "preemption of the decode pool"
                : "disaggregation when " + disaggregation.when().word())
            + " makes decode workers compute prompts: ";
    if (!engine.decodeWorkersCompute()) {
      throw new MisfitException(
          preempts ? pool.field("preemption") : "router.disaggregation.when",
          "%sengine %s has no times of such steps (%s)"
              .formatted(why, engine.name(), Pool.name(Role.AGGREGATED)));
    }
    RankLimits limits = pool.setup().limits();
    if (limits.stepTokens() == RankLimits.UNLIMITED) {
      throw new MisfitException(
          pool.field("step_tokens"), why + "step_tokens of the decode pool is missing");
    }
    if (limits.slots() != RankLimits.UNLIMITED && limits.stepTokens() <= limits.slots()) {
      throw new MisfitException(
          pool.field("step_tokens"),
          "%sstep_tokens of the decode pool must be above its slots, %d, was %d"
              .formatted(why, limits.slots(), limits.stepTokens()));
    }
  }

  private static void requireWorker(List<Pool> pools, Failure failure, String path) {
    Pool pool =
        pools.stream()
            .filter(one -> one.role() == failure.role())
            .findFirst()
            .orElseThrow(() ->
                new MisfitException(
                    path + ".pool",
                    "failures name a pool that there is not: " + Pool.name(failure.role())));
    if (failure.worker() >= pool.workers()) {
      throw new MisfitException(
          path + ".worker",
          "failures name worker %d of %s, which has %d"
              .formatted(failure.worker(), pool.name(), pool.workers()));
    }
    if (pool.setup().sharedQueue()) {
      throw new MisfitException(
          path + ".pool",
          "failures of a pool with a shared queue are not modelled: " + pool.name());
    }
  }
}
