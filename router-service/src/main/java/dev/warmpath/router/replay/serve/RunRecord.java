package dev.warmpath.router.replay.serve;

import dev.warmpath.router.replay.deploy.Pool;
import java.util.List;

/**
 * What happened in a run.
 *
 * @param policy name of the router's policy
 * @param requests what became of each request
 * @param targets the targets by their numbers
 * @param pools how busy each pool was
 * @param resyncs how often lost cache events were repaired
 */
public record RunRecord(
    String policy,
    RequestTable requests,
    List<TargetName> targets,
    List<PoolUse> pools,
    long resyncs) {
  public RunRecord {
    targets = List.copyOf(targets);
    pools = List.copyOf(pools);
  }

  /** Whether any of the pools keeps elsewhere what has to leave its KV memory. */
  public boolean offloads() {
    return pools.stream().anyMatch(use -> use.pool().setup().offload().isThere());
  }

  /**
   * A target.
   *
   * @param worker its worker's id
   * @param rank its rank in the worker
   */
  public record TargetName(String worker, int rank) {}

  /**
   * How busy the workers of a pool were, from the first arrival to the last answer.
   *
   * @param pool the pool
   * @param busyShare share of the time in which its workers were in steps, 0 to 1
   * @param decodeSlotsShare share of its slots that decoded, on average over time, 0 to 1; 0 for
   *     slots without limit
   * @param prefillSteps steps that computed prompts
   * @param decodeSteps steps that only decoded
   * @param busiestOverMean tokens computed, not decoded, by the busiest rank over the mean of all;
   *     1 when none were
   */
  public record PoolUse(
      Pool pool,
      double busyShare,
      double decodeSlotsShare,
      long prefillSteps,
      long decodeSteps,
      double busiestOverMean) {}
}
