package dev.warmpath.indexer.event;

import java.util.List;

/**
 * Consecutive events of one target.
 *
 * @param model model that the worker serves
 * @param target whose cache changed
 * @param incarnation the worker's life; never 0
 * @param firstEventId id of the first event, from 1; in a batch without events, the id that the
 *     next event will get
 * @param events in the order of the changes; empty in a heartbeat
 */
public record EventBatch(
    String model, TargetId target, long incarnation, long firstEventId, List<KvEvent> events) {
  public EventBatch {
    if (incarnation == 0) {
      throw new IllegalArgumentException("incarnation must not be 0");
    }
    if (firstEventId < 1) {
      throw new IllegalArgumentException("first_event_id must be at least 1: " + firstEventId);
    }
    events = List.copyOf(events);
  }

  /** The id that the event after this batch has. */
  public long nextEventId() {
    return firstEventId + events.size();
  }
}
