package dev.warmpath.indexer.event;

/**
 * A worker and one of its data-parallel ranks: the owner of one KV cache.
 *
 * @param workerId the worker's name, unique in the cluster
 * @param rank data-parallel rank, from 0
 */
public record TargetId(String workerId, int rank) {
  public TargetId {
    if (workerId.isEmpty()) {
      throw new IllegalArgumentException("worker_id is empty");
    }
    if (rank < 0) {
      throw new IllegalArgumentException("rank must not be negative: " + rank);
    }
  }

  @Override
  public String toString() {
    return workerId + "/" + rank;
  }
}
