package dev.warmpath.indexer.ingest;

import dev.warmpath.indexer.event.CacheSnapshot;

/**
 * One target's way into the index. The owner thread only, but for {@link #target}, {@link #isStale}
 * and {@link #heardNanos}.
 */
sealed interface Feed permits TargetFeed, PlacementFeed {
  IndexedTarget target();

  /** Whether the index may be behind the target. Any thread. */
  boolean isStale();

  /** When the target was last heard of; {@link Ingest#NEVER_HEARD} for never. Any thread. */
  long heardNanos();

  /** Does what is to be done now and then. */
  void sweep(long nowNanos);

  /** Takes all that the index has of the target away. */
  void release();

  /** The worker's life; 0 while it is not known. */
  long incarnation();

  TargetState state();

  CacheSnapshot content();
}
