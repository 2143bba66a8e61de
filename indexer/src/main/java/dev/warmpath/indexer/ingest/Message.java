package dev.warmpath.indexer.ingest;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.EventBatch;

/** What waits in the {@link Inbox} for the owner of the index. */
sealed interface Message {
  /** Events of one target. */
  record Events(EventBatch batch, long blocks) implements Message {}

  /** The content of one target. */
  record Snapshot(CacheSnapshot snapshot, long blocks) implements Message {}

  /** A target appeared. */
  record Join(IndexedTarget target) implements Message {}

  /** A target is gone; {@code released} runs when its slot is free. */
  record Leave(IndexedTarget target, Runnable released) implements Message {}

  /** A question that the owner answers. */
  record Query(Runnable answer) implements Message {}
}
