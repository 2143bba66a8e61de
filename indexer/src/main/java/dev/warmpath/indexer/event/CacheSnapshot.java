package dev.warmpath.indexer.event;

import java.util.List;

/**
 * What one target holds at one point of its event stream: the answer to a resync request.
 *
 * @param target whose cache it is
 * @param incarnation the worker's life; never 0
 * @param asOfEventId the last event that the content includes; 0 for a cache that never changed
 * @param content stored events, parents before children; a block held k times comes once in its run
 *     and k - 1 times more as a run of its own; removals at the end name blocks that were stored
 *     only to give others a parent
 */
public record CacheSnapshot(
    TargetId target, long incarnation, long asOfEventId, List<KvEvent> content) {
  public CacheSnapshot {
    if (incarnation == 0) {
      throw new IllegalArgumentException("incarnation must not be 0");
    }
    if (asOfEventId < 0) {
      throw new IllegalArgumentException("as_of_event_id must not be negative: " + asOfEventId);
    }
    content = List.copyOf(content);
  }
}
