package dev.warmpath.router.replay.deploy;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.replay.engine.EngineModel;
import java.util.List;

/**
 * What serves: an engine, pools of its workers, and what goes wrong.
 *
 * @param engine the engine that all workers run
 * @param pools one aggregated pool, or one prefill and one decode pool
 * @param events how cache events reach the router
 * @param rules what the router goes by beside its policy
 * @param failures workers that die
 * @param sla what is asked of it
 */
public record Deployment(
    EngineModel engine,
    List<Pool> pools,
    EventFaults events,
    RouterRules rules,
    List<Failure> failures,
    Sla sla) {
  /** Most targets that a router takes. */
  public static final int MAX_TARGETS = 4_096;

  public Deployment {
    pools = List.copyOf(pools);
    failures = List.copyOf(failures);
    DeploymentChecks.check(engine, pools, rules, failures);
  }

  /** The same with another engine. */
  public Deployment withEngine(EngineModel other) {
    return new Deployment(other, pools, events, rules, failures, sla);
  }

  /** The same with other pools. */
  public Deployment withPools(List<Pool> others) {
    return new Deployment(engine, others, events, rules, failures, sla);
  }

  /** Tokens in a KV block. */
  public int blockSize() {
    return pools.getFirst().setup().limits().blockSize();
  }

  /** The pool whose workers compute prompts. */
  public Pool promptPool() {
    return pools.stream().filter(pool -> pool.role() != Role.DECODE).findFirst().orElseThrow();
  }

  /** The pool whose workers decode. */
  public Pool decodePool() {
    return pools.stream().filter(pool -> pool.role() != Role.PREFILL).findFirst().orElseThrow();
  }

  /** Whether prompts are computed by other workers than those that decode. */
  public boolean isDisaggregated() {
    return pools.size() > 1;
  }

  /** Whether what has to leave the KV memory of workers that compute prompts is kept elsewhere. */
  public boolean offloads() {
    return promptPool().setup().offload().isThere();
  }

  /** GPUs of all pools. */
  public int gpus() {
    return pools.stream().mapToInt(Pool::gpus).sum();
  }
}
