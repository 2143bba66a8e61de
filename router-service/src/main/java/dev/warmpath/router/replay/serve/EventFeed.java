package dev.warmpath.router.replay.serve;

import dev.warmpath.indexer.event.EventBatch;
import dev.warmpath.indexer.event.EventSequencer;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.replay.SimulatedCache;
import dev.warmpath.router.replay.TargetEvents;
import java.util.List;

/**
 * Carries the cache events of one target to the index, in the order of their ids, and asks the
 * cache for its content when some were lost. One thread.
 */
final class EventFeed {
  private static final int EARLY_BATCHES = 64;

  private final int slot;
  private final SimulatedCache cache;
  private final PrefixIndex index;
  private final TargetEvents numbered;
  private final EventSequencer sequencer = new EventSequencer(EARLY_BATCHES, 0L);
  private long lastEventId;
  private long resyncs;
  private boolean ended;

  EventFeed(Target target, SimulatedCache cache, PrefixIndex index) {
    this.slot = target.slot();
    this.cache = cache;
    this.index = index;
    this.numbered =
        new TargetEvents(target.worker().model(), target.id(), target.worker().incarnation());
  }

  /** Numbers events that happened. */
  EventBatch number(List<KvEvent> events) {
    EventBatch batch = numbered.batch(events);
    lastEventId = batch.nextEventId() - 1;
    return batch;
  }

  /** The target is gone: nothing more arrives. */
  void end() {
    ended = true;
  }

  /** A batch arrives at the router. */
  void deliver(EventBatch batch, long nowNanos) {
    if (ended) {
      return;
    }
    sequencer.offer(batch, nowNanos, event -> index.apply(slot, event, nowNanos));
    if (sequencer.needsResync(nowNanos)) {
      resync(nowNanos);
    }
  }

  private void resync(long nowNanos) {
    resyncs++;
    index.release(slot);
    cache.content().forEach(event -> index.apply(slot, event, nowNanos));
    sequencer.resumeAfter(lastEventId, nowNanos, event -> index.apply(slot, event, nowNanos));
  }

  /** How often lost events were repaired. */
  long resyncs() {
    return resyncs;
  }

  /** Whether the index holds what the cache holds. */
  boolean agrees() {
    return index.digest(slot) == cache.digest();
  }
}
