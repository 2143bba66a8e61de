package dev.warmpath.router.fleet;

import dev.warmpath.indexer.event.TargetId;

/**
 * A worker and one of its data-parallel ranks, with the slot that names it in this process.
 *
 * @param worker the engine instance
 * @param rank data-parallel rank, from 0
 * @param slot dense small number; belongs to this incarnation of the worker alone
 */
public record Target(Worker worker, int rank, int slot) {
  /** The target's name outside this process. */
  public TargetId id() {
    return new TargetId(worker.id(), rank);
  }
}
