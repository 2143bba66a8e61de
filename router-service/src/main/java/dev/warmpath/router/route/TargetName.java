package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Target;

/**
 * A worker, or one of its ranks, as a request names it.
 *
 * @param workerId id of the worker
 * @param rank data-parallel rank; {@link #ANY_RANK} for all
 */
public record TargetName(String workerId, int rank) {
  /** Stands for every rank of the worker. */
  public static final int ANY_RANK = -1;

  /** Whether a target is meant. */
  boolean names(Target target) {
    return (rank == ANY_RANK || rank == target.rank()) && workerId.equals(target.worker().id());
  }

  /** Such as {@code w3/1}, or {@code w3} for any rank. */
  @Override
  public String toString() {
    return rank == ANY_RANK ? workerId : workerId + "/" + rank;
  }
}
