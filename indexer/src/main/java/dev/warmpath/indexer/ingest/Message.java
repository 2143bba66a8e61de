package dev.warmpath.indexer.ingest;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.EventBatch;
import dev.warmpath.indexer.event.TargetId;

/** What waits in the {@link Inbox} for the owner of the index. */
sealed interface Message {
  /** Events of one target. */
  record Events(EventBatch batch, long blocks) implements Message {}

  /** The content of one target. */
  record Snapshot(CacheSnapshot snapshot, long blocks) implements Message {}

  /** A prompt was placed on the target that had a slot in one life. */
  record Placed(int slot, TargetId target, long incarnation, long[] localHashes)
      implements Message {}

  /** A target appeared. */
  record Join(IndexedTarget target) implements Message {}

  /** A target is gone; {@code released} runs when its slot is free. */
  record Leave(IndexedTarget target, Runnable released) implements Message {}

  /** A question that the owner answers. */
  record Query(Runnable answer) implements Message {}
}
