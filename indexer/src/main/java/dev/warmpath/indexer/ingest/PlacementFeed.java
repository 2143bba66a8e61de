package dev.warmpath.indexer.ingest;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.index.ApproximateCache;
import dev.warmpath.indexer.index.PrefixIndex;

/**
 * The way into the index of a target whose worker publishes no KV events: the prompts that are
 * placed on it. There is nothing to wait for and nobody to ask, so it is never stale.
 */
final class PlacementFeed implements Feed {
  private static final long NO_EVENT = 0;

  private final IndexedTarget target;
  private final PrefixIndex index;
  private final IngestCounters counters;
  private final ApproximateCache cache;

  PlacementFeed(
      IndexedTarget target,
      PrefixIndex index,
      long mostBlocks,
      long lifeNanos,
      IngestCounters counters) {
    this.target = target;
    this.index = index;
    this.counters = counters;
    this.cache = new ApproximateCache(index, target.slot(), mostBlocks, lifeNanos);
  }

  /** A prompt was placed on the target. */
  void take(long[] localHashes, long nowNanos) {
    counters.placements.increment();
    cache.place(localHashes, localHashes.length, nowNanos);
  }

  @Override
  public IndexedTarget target() {
    return target;
  }

  @Override
  public boolean isStale() {
    return false;
  }

  @Override
  public long heardNanos() {
    return Ingest.NEVER_HEARD;
  }

  @Override
  public void sweep(long nowNanos) {
    counters.expiredPlacedBlocks.add(cache.expire(nowNanos));
    index.tidy(target.slot(), nowNanos);
  }

  @Override
  public void release() {
    cache.release();
  }

  @Override
  public long incarnation() {
    return target.incarnation();
  }

  @Override
  public TargetState state() {
    int slot = target.slot();
    return new TargetState(
        slot,
        target.model(),
        target.id(),
        target.incarnation(),
        NO_EVENT,
        index.heldBlocks(slot),
        index.parkedBlocks(slot),
        index.digest(slot),
        isStale(),
        index.isCapped(slot));
  }

  @Override
  public CacheSnapshot content() {
    return new CacheSnapshot(
        target.id(), target.incarnation(), NO_EVENT, index.content(target.slot()));
  }
}
