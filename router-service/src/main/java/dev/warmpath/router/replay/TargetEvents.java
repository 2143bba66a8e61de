package dev.warmpath.router.replay;

import dev.warmpath.indexer.event.EventBatch;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.TargetId;
import java.util.List;

/** Numbers one target's cache events, as its worker publishes them. One thread at a time. */
public final class TargetEvents {
  private final String model;
  private final TargetId target;
  private final long incarnation;
  private long nextEventId = 1;

  /**
   * The stream of one life of a target, before its first event.
   *
   * @param incarnation the worker's life; not 0
   */
  public TargetEvents(String model, TargetId target, long incarnation) {
    this.model = model;
    this.target = target;
    this.incarnation = incarnation;
  }

  /** The next events, in order; none for a heartbeat. */
  public EventBatch batch(List<KvEvent> events) {
    EventBatch batch = new EventBatch(model, target, incarnation, nextEventId, events);
    nextEventId = batch.nextEventId();
    return batch;
  }
}
