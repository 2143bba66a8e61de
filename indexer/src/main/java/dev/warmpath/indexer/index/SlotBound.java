package dev.warmpath.indexer.index;

import dev.warmpath.indexer.event.KvEvent;

/**
 * Whether one slot may store a run: at its own bound, or at that on all bytes, it refuses it whole.
 * The writer thread only, but for {@link #isReached}.
 */
final class SlotBound {
  private final long mostBlocks;
  private final Places places;
  private final ParkedBlocks parked;
  private final Footprint footprint;
  private final IndexCounters counters;
  private volatile boolean reached;

  /** Counts what is refused because what it continues was. */
  private IndexCounters.Count refusals;

  /**
   * @param mostBlocks blocks that the slot may hold, waiting ones included
   */
  SlotBound(
      long mostBlocks,
      Places places,
      ParkedBlocks parked,
      Footprint footprint,
      IndexCounters counters) {
    this.mostBlocks = mostBlocks;
    this.places = places;
    this.parked = parked;
    this.footprint = footprint;
    this.counters = counters;
    this.refusals = counters.targetBoundRefusals;
  }

  /** Whether a block was refused at a bound since the slot was last cleared. Any thread. */
  boolean isReached() {
    return reached;
  }

  void clear() {
    reached = false;
  }

  /** Returns false when the run is refused. */
  boolean admits(KvEvent.Stored run) {
    if (!footprint.hasRoom()) {
      return refuse(run, counters.byteBoundRefusals);
    }
    if (reached && !hasKnownParent(run)) {
      return refuse(run, refusals);
    }
    return hasRoomFor(run) || refuse(run, counters.targetBoundRefusals);
  }

  /** Drops an event whole. Returns false. */
  private boolean refuse(KvEvent.Stored run, IndexCounters.Count reason) {
    refusals = reason;
    refusals.add(run.engineHashes().length);
    reached = true;
    return false;
  }

  /**
   * After a run was refused, one without a known parent probably continues it: it waits in vain.
   */
  private boolean hasKnownParent(KvEvent.Stored run) {
    return !run.hasParent() || places.get(run.parentHash()) != 0;
  }

  private boolean hasRoomFor(KvEvent.Stored run) {
    long room = mostBlocks - places.size() - parked.size();
    return run.engineHashes().length <= room || unknown(run.engineHashes()) <= room;
  }

  private long unknown(long[] engineHashes) {
    long unknown = 0;
    for (long engineHash : engineHashes) {
      unknown += places.get(engineHash) == 0 && !parked.contains(engineHash) ? 1 : 0;
    }
    return unknown;
  }
}
