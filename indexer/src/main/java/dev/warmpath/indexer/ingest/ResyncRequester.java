package dev.warmpath.indexer.ingest;

/**
 * Asks a worker for what one of its ranks holds. The answer arrives as {@link
 * Ingest#offer(dev.warmpath.indexer.event.CacheSnapshot)}, if at all: who asks repeats the request
 * until it does.
 */
public interface ResyncRequester {
  /**
   * Called by the owner threads of the {@link Ingest}, at the same time when it has several shards.
   * Must not block.
   *
   * @param target whose content is wanted
   * @param incarnation the life that is known; 0 for any
   * @param appliedEventId the last event that was applied; 0 for none
   * @return false when no request can be taken just now, whoever it is for: it is left out, and
   *     made again soon
   */
  boolean request(IndexedTarget target, long incarnation, long appliedEventId);
}
