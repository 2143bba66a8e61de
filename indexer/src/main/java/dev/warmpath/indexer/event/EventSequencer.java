package dev.warmpath.indexer.event;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Puts one target's event batches back in order: applies what is next, drops what came before,
 * buffers what is early, and says when a hole must be repaired by a resync. One thread at a time;
 * time comes in as an argument.
 */
public final class EventSequencer {
  /** What became of a batch. */
  public enum Verdict {
    /** At least one event was new and next in order, or a heartbeat found nothing missing. */
    APPLIED,
    /** All its events had been applied before. */
    DUPLICATE,
    /** Events before it are missing; it waits for them. */
    BUFFERED,
    /** Events before it are missing and the buffer is full: it is lost until a resync. */
    OVERFLOWED
  }

  /** Announced events so far after a snapshot are not believed in. */
  private static final long REACH = 65_536;

  private final int bufferLimit;
  private final long holeWaitNanos;

  private final TreeMap<Long, EventBatch> early = new TreeMap<>();
  private long nextEventId = 1;
  private long announcedNextEventId = 1;
  private long announcedAtSnapshot;
  private long holeSinceNanos;
  private boolean overflowed;

  /**
   * @param bufferLimit early batches kept, at least 0
   * @param holeWaitNanos how long the first hole may stay open, from when it became the first,
   *     before it counts as loss; nanoseconds
   * @throws IllegalArgumentException if a bound is negative
   */
  public EventSequencer(int bufferLimit, long holeWaitNanos) {
    if (bufferLimit < 0) {
      throw new IllegalArgumentException("bufferLimit must not be negative: " + bufferLimit);
    }
    if (holeWaitNanos < 0) {
      throw new IllegalArgumentException("holeWaitNanos must not be negative: " + holeWaitNanos);
    }
    this.bufferLimit = bufferLimit;
    this.holeWaitNanos = holeWaitNanos;
  }

  /** Takes a batch; events that are next in order go to {@code sink}, each once. */
  public Verdict offer(EventBatch batch, long nowNanos, Consumer<KvEvent> sink) {
    boolean wasBehind = isBehind();
    long firstMissing = nextEventId;
    announcedNextEventId = Math.max(announcedNextEventId, batch.nextEventId());
    Verdict verdict = place(batch, sink);
    if (isBehind() && (!wasBehind || nextEventId > firstMissing)) {
      holeSinceNanos = nowNanos;
    }
    return verdict;
  }

  private Verdict place(EventBatch batch, Consumer<KvEvent> sink) {
    if (batch.firstEventId() > nextEventId) {
      return buffer(batch);
    }
    if (batch.nextEventId() <= nextEventId && !batch.events().isEmpty()) {
      return Verdict.DUPLICATE;
    }
    applyFrom(batch, sink);
    applyBuffered(sink);
    return Verdict.APPLIED;
  }

  private Verdict buffer(EventBatch batch) {
    if (batch.events().isEmpty()) {
      return Verdict.BUFFERED;
    }
    if (early.size() >= bufferLimit && !early.containsKey(batch.firstEventId())) {
      overflowed = true;
      return Verdict.OVERFLOWED;
    }
    early.merge(
        batch.firstEventId(),
        batch,
        (old, fresh) -> old.events().size() >= fresh.events().size() ? old : fresh);
    return Verdict.BUFFERED;
  }

  private void applyFrom(EventBatch batch, Consumer<KvEvent> sink) {
    int applied = (int) Math.min(nextEventId - batch.firstEventId(), batch.events().size());
    batch.events().subList(applied, batch.events().size()).forEach(sink);
    nextEventId = Math.max(nextEventId, batch.nextEventId());
  }

  private void applyBuffered(Consumer<KvEvent> sink) {
    Map.Entry<Long, EventBatch> first = early.firstEntry();
    while (first != null && first.getKey() <= nextEventId) {
      early.pollFirstEntry();
      applyFrom(first.getValue(), sink);
      first = early.firstEntry();
    }
    overflowed &= isBehind();
  }

  /** Whether events are known to exist that have not been applied. */
  public boolean isBehind() {
    return nextEventId < announcedNextEventId;
  }

  /** Whether only a resync can repair the stream: a batch was lost, or a hole stayed open. */
  public boolean needsResync(long nowNanos) {
    return isBehind() && (overflowed || nowNanos - holeSinceNanos >= holeWaitNanos);
  }

  /** The last event that was applied; 0 for none. */
  public long appliedEventId() {
    return nextEventId - 1;
  }

  /**
   * Whether a snapshot may replace what was applied: not when it is older.
   *
   * @param asOfEventId the last event that the snapshot includes
   */
  public boolean acceptsSnapshot(long asOfEventId) {
    return asOfEventId + 1 >= nextEventId;
  }

  /**
   * Goes on after a snapshot whose content has been applied; buffered events that come next go to
   * {@code sink}.
   *
   * <p>What was announced beyond that is believed only if it is near, and only until a second
   * snapshot does not reach it either; then it is forgotten, with the batches that wait for it. So
   * a batch with a false id is no trouble for long, and events that do exist are announced again by
   * the next batch or heartbeat.
   *
   * @param asOfEventId the last event that the snapshot includes
   * @throws IllegalArgumentException if the snapshot is older than what was applied
   */
  public void resumeAfter(long asOfEventId, long nowNanos, Consumer<KvEvent> sink) {
    if (!acceptsSnapshot(asOfEventId)) {
      throw new IllegalArgumentException(
          "snapshot as of event %d is older than the applied event %d"
              .formatted(asOfEventId, appliedEventId()));
    }
    nextEventId = asOfEventId + 1;
    announcedNextEventId = Math.max(announcedNextEventId, nextEventId);
    overflowed = false;
    holeSinceNanos = nowNanos;
    applyBuffered(sink);
    forgetUnbelieved();
    announcedAtSnapshot = announcedNextEventId;
  }

  private void forgetUnbelieved() {
    if (announcedNextEventId - nextEventId > REACH || announcedNextEventId == announcedAtSnapshot) {
      early.clear();
      announcedNextEventId = nextEventId;
    }
  }
}
