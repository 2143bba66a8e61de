package dev.warmpath.indexer.ingest;

import dev.warmpath.indexer.event.CacheSnapshot;

/** A worker as the source of its caches' content. */
public interface CacheSnapshotSource {
  /**
   * What a rank holds. Any thread, not the engine's. Must be atomic with {@link
   * KvEventPublisher#publish}: the content is that after the event the snapshot names, no more and
   * no less.
   *
   * @param rank data-parallel rank, from 0
   */
  CacheSnapshot snapshot(int rank);
}
