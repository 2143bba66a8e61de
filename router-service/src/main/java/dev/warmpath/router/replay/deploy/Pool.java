package dev.warmpath.router.replay.deploy;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.replay.engine.EngineModel;
import dev.warmpath.router.replay.engine.OffloadTier;
import dev.warmpath.router.replay.engine.PoolDefaults;
import java.util.Locale;

/**
 * Equal workers.
 *
 * @param role what they do
 * @param workers how many, at least 1
 * @param setup how each is set up
 * @param wiring where they are
 */
public record Pool(Role role, int workers, PoolDefaults setup, Wiring wiring) {
  /** Workers of which it does not matter where they are. */
  public Pool(Role role, int workers, PoolDefaults setup) {
    this(role, workers, setup, Wiring.NONE);
  }

  public Pool {
    if (workers < 1) {
      throw new IllegalArgumentException("workers must be at least 1: " + workers);
    }
    if (role == Role.PREFILL && setup.limits().preemption()) {
      throw new IllegalArgumentException(
          "preemption is for pools that decode: prefill workers keep no answers");
    }
    for (OffloadTier tier : setup.offload().tiers()) {
      if (role == Role.DECODE) {
        throw new IllegalArgumentException(
            "%s is for prefill and aggregated pools, was %d of decode workers"
                .formatted(tier.blocksField(), tier.blocks()));
      }
    }
  }

  /**
   * How workers of a role are set up by default.
   *
   * @throws IllegalArgumentException if the engine has no times for them
   */
  public static PoolDefaults defaults(EngineModel engine, Role role) {
    PoolDefaults setup = engine.pool(role);
    if (setup == null) {
      throw new IllegalArgumentException(
          "engine %s is not calibrated for %s workers".formatted(engine.name(), name(role)));
    }
    return setup;
  }

  /** The same with another number of workers. */
  public Pool withWorkers(int other) {
    return new Pool(role, other, setup, wiring);
  }

  /** The same set up otherwise. */
  public Pool withSetup(PoolDefaults other) {
    return new Pool(role, workers, other, wiring);
  }

  /** Workers times ranks. */
  public int ranks() {
    return Math.multiplyExact(workers, setup.ranks());
  }

  /** GPUs of all workers: those of a rank times ranks. */
  public int gpus() {
    return Math.multiplyExact(ranks(), setup.tp());
  }

  /** Requests that can be in work at once. */
  public long slots() {
    return (long) ranks() * setup.limits().slots();
  }

  /** Path of a field of the pool from the root of a deployment file. */
  String field(String name) {
    return "pools.%s.%s".formatted(name(), name);
  }

  /** Name of the role in files and reports. */
  public String name() {
    return name(role);
  }

  /** Name of a role in files and reports. */
  public static String name(Role role) {
    return role.name().toLowerCase(Locale.ROOT);
  }
}
