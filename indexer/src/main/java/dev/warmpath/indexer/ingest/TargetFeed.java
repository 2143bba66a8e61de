package dev.warmpath.indexer.ingest;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.EventBatch;
import dev.warmpath.indexer.event.EventSequencer;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.index.PrefixIndex;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One target's way into the index: the order of its events, whether the index can be trusted, and
 * repair. The owner thread only, but for {@link #target}, {@link #isStale}, {@link #heardNanos} and
 * {@link #lose}.
 */
final class TargetFeed implements Feed {
  /*
   * Five things can be wrong, and each ends in its own way:
   *
   *   hole          the sequencer misses events: ends when they come, or with a snapshot
   *   loss          a batch was dropped before the sequencer saw it: becomes a hole, by telling
   *                 the sequencer of the event after it
   *   lost content  the index dropped what the sequencer applied: ends only with a snapshot
   *   bound         the index refused blocks: ends with a snapshot of which it refuses none; is asked
   *                 for rarely, and not while bytes are short, unless for a hole or lost content
   *   silence       not even a heartbeat comes: ends with the next word, since nothing may be missing
   *
   * While content is lost, batches are held back instead of applied. A busy target would otherwise
   * run ahead of every snapshot, each would be refused as old, and the repair would never end. At a
   * bound they are held back for as long as an answer may take and no longer: removals make room,
   * and a target that really holds so much stays there.
   */
  private static final Logger LOG = LoggerFactory.getLogger(TargetFeed.class);
  private static final OccasionalLog BOUNDS = new OccasionalLog(LOG);

  private static final KvEvent CLEARED = new KvEvent.Cleared();

  private final IndexedTarget target;
  private final PrefixIndex index;
  private final IngestLimits limits;
  private final IngestCounters counters;
  private final ResyncBackoff backoff;
  private final ArrayDeque<EventBatch> heldBack = new ArrayDeque<>();
  private EventSequencer sequencer;
  private long incarnation;
  private boolean contentLost;

  /** Whether the index refused blocks since the content was last replaced. */
  private boolean capped;

  /** Whether the content was asked for because of that, and may come. */
  private boolean awaited;

  private long askedAtNanos;

  /** Whether the next request may wait long, since nothing but the bound was wrong at the last. */
  private boolean patient;

  private final AtomicReference<@Nullable EventBatch> lost = new AtomicReference<>();
  private volatile boolean stale;
  private volatile boolean silent;
  private volatile long heardNanos;

  TargetFeed(
      IndexedTarget target,
      PrefixIndex index,
      IngestLimits limits,
      IngestCounters counters,
      long nowNanos) {
    this.target = target;
    this.index = index;
    this.limits = limits;
    this.counters = counters;
    this.backoff = new ResyncBackoff(limits);
    this.sequencer = newSequencer();
    this.incarnation = target.incarnation();
    this.heardNanos = nowNanos;
    goStale(nowNanos);
  }

  @Override
  public IndexedTarget target() {
    return target;
  }

  @Override
  public boolean isStale() {
    return needsRepair() || silent;
  }

  /**
   * When the last batch came, events or not; before the first, when the target joined. Any thread.
   */
  @Override
  public long heardNanos() {
    return heardNanos;
  }

  private boolean needsRepair() {
    return lost.get() != null || stale;
  }

  /** Notes that a batch was dropped. Any thread; the target is stale from here on. */
  void lose(EventBatch batch) {
    EventBatch heartbeat =
        new EventBatch(
            batch.model(), batch.target(), batch.incarnation(), batch.nextEventId(), List.of());
    lost.accumulateAndGet(heartbeat, TargetFeed::later);
  }

  private static @Nullable EventBatch later(
      @Nullable EventBatch known, @Nullable EventBatch fresh) {
    if (known == null || fresh == null) {
      return fresh;
    }
    int lives = Long.compareUnsigned(fresh.incarnation(), known.incarnation());
    boolean later = lives > 0 || (lives == 0 && fresh.firstEventId() > known.firstEventId());
    return later ? fresh : known;
  }

  boolean hasLoss() {
    return lost.get() != null;
  }

  /** Whether time alone may make this feed act. */
  boolean needsAttention() {
    return needsRepair() || sequencer.isBehind();
  }

  void take(EventBatch batch, long nowNanos) {
    if (!batch.model().equals(target.model())) {
      counters.wrongModels.increment();
    } else if (!admit(batch.incarnation(), nowNanos)) {
      counters.wrongIncarnations.increment();
    } else if (contentLost || awaited) {
      holdBack(batch, nowNanos);
    } else {
      sequence(batch, nowNanos);
    }
  }

  private void holdBack(EventBatch batch, long nowNanos) {
    if (heldBack.size() < limits.earlyBatchesPerTarget()) {
      counters.bufferedBatches.increment();
      heldBack.add(batch);
    } else if (awaited) {
      waitNoLonger(nowNanos);
      take(batch, nowNanos);
    } else {
      counters.overflowedBatches.increment();
      lose(batch);
    }
  }

  private void waitNoLonger(long nowNanos) {
    awaited = false;
    takeHeldBack(nowNanos);
  }

  private void takeHeldBack(long nowNanos) {
    while (!contentLost && !heldBack.isEmpty()) {
      sequence(heldBack.remove(), nowNanos);
    }
  }

  private void sequence(EventBatch batch, long nowNanos) {
    EventSequencer.Verdict verdict =
        sequencer.offer(batch, nowNanos, event -> apply(event, nowNanos));
    count(batch, verdict);
    if (contentLost || capped || verdict == EventSequencer.Verdict.OVERFLOWED) {
      goStale(nowNanos);
    } else if (verdict == EventSequencer.Verdict.APPLIED && !sequencer.isBehind()) {
      settle();
    }
  }

  private void count(EventBatch batch, EventSequencer.Verdict verdict) {
    if (batch.events().isEmpty()) {
      counters.heartbeats.increment();
      return;
    }
    switch (verdict) {
      case APPLIED -> counters.appliedBatches.increment();
      case DUPLICATE -> counters.duplicateBatches.increment();
      case BUFFERED -> counters.bufferedBatches.increment();
      case OVERFLOWED -> counters.overflowedBatches.increment();
    }
  }

  private void apply(KvEvent event, long nowNanos) {
    if (index.apply(target.slot(), event, nowNanos)) {
      return;
    }
    if (index.isCapped(target.slot())) {
      if (!capped) {
        BOUNDS.warn("%s is at a bound of the index, blocks are refused".formatted(target.id()));
      }
      capped = true;
    } else {
      counters.incompleteContents.increment();
      contentLost = true;
    }
  }

  void take(CacheSnapshot snapshot, long nowNanos) {
    if (!admit(snapshot.incarnation(), nowNanos)) {
      counters.wrongIncarnations.increment();
    } else if (!isNews(snapshot.asOfEventId())) {
      counters.resyncsRefusedOld.increment();
    } else {
      replaceContent(snapshot, nowNanos);
    }
  }

  private boolean isNews(long asOfEventId) {
    return sequencer.acceptsSnapshot(asOfEventId)
        && (stale || asOfEventId > sequencer.appliedEventId());
  }

  private void replaceContent(CacheSnapshot snapshot, long nowNanos) {
    goStale(nowNanos);
    contentLost = false;
    capped = false;
    awaited = false;
    index.apply(target.slot(), CLEARED, nowNanos);
    snapshot.content().forEach(event -> apply(event, nowNanos));
    sequencer.resumeAfter(snapshot.asOfEventId(), nowNanos, event -> apply(event, nowNanos));
    counters.resyncsApplied.increment();
    takeHeldBack(nowNanos);
    if (!contentLost && !capped && !sequencer.isBehind()) {
      settle();
    }
  }

  /** The index can no longer be trusted: only a snapshot repairs it. */
  void distrust(long nowNanos) {
    contentLost = true;
    goStale(nowNanos);
  }

  /**
   * Does what is due.
   *
   * @return whether a resync is to be asked for now; {@link #requested} says that it was
   */
  boolean tick(long nowNanos) {
    if (awaited && nowNanos - askedAtNanos >= limits.resyncRetryMaxNanos()) {
      waitNoLonger(nowNanos);
    }
    EventBatch mark = contentLost || awaited ? null : lost.get();
    if (mark != null) {
      goStale(nowNanos);
      lost.compareAndSet(mark, null);
      take(mark, nowNanos);
    }
    boolean unsure = isUnsure(nowNanos);
    if (unsure) {
      goStale(nowNanos);
      hurry(nowNanos);
    }
    return stale && backoff.isDue(nowNanos) && (unsure || !capped || index.hasSlack());
  }

  /** Whether the index may claim what the target does not hold, until a snapshot comes. */
  private boolean isUnsure(long nowNanos) {
    return contentLost || sequencer.needsResync(nowNanos);
  }

  private void hurry(long nowNanos) {
    if (patient) {
      patient = false;
      backoff.stop();
      backoff.start(nowNanos);
    }
  }

  /** A resync was asked for. */
  void requested(long nowNanos) {
    patient = capped && !isUnsure(nowNanos);
    if (patient) {
      awaited = true;
      askedAtNanos = nowNanos;
      backoff.requested(nowNanos, limits.cappedRetryNanos());
    } else {
      backoff.requested(nowNanos);
    }
  }

  /** Does what is to be done now and then: notices silence, tidies up. */
  @Override
  public void sweep(long nowNanos) {
    noticeSilence(nowNanos);
    index.tidy(target.slot(), nowNanos);
  }

  @Override
  public void release() {
    index.release(target.slot());
  }

  @Override
  public long incarnation() {
    return incarnation;
  }

  long appliedEventId() {
    return sequencer.appliedEventId();
  }

  @Override
  public TargetState state() {
    int slot = target.slot();
    return new TargetState(
        slot,
        target.model(),
        target.id(),
        incarnation,
        sequencer.appliedEventId(),
        index.heldBlocks(slot),
        index.parkedBlocks(slot),
        index.digest(slot),
        isStale(),
        index.isCapped(slot));
  }

  @Override
  public CacheSnapshot content() {
    return new CacheSnapshot(
        target.id(), incarnation, sequencer.appliedEventId(), index.content(target.slot()));
  }

  /**
   * Whether a message belongs to the target's life. A target without an announced incarnation takes
   * the first one that it hears of, and then any greater one, as unsigned numbers: incarnations
   * grow.
   */
  private boolean admit(long heard, long nowNanos) {
    if (heard == incarnation) {
      heard(nowNanos);
      return true;
    }
    if (target.incarnation() != 0 || Long.compareUnsigned(heard, incarnation) < 0) {
      return false;
    }
    beginLife(heard, nowNanos);
    heard(nowNanos);
    return true;
  }

  private void heard(long nowNanos) {
    heardNanos = nowNanos;
    silent = false;
  }

  /** A target that has not been heard of for too long may have changed unnoticed. */
  private void noticeSilence(long nowNanos) {
    silent = nowNanos - heardNanos > limits.silenceNanos();
  }

  private void beginLife(long next, long nowNanos) {
    if (incarnation != 0) {
      index.apply(target.slot(), CLEARED, nowNanos);
      backoff.stop();
    }
    incarnation = next;
    sequencer = newSequencer();
    heldBack.clear();
    contentLost = false;
    capped = false;
    awaited = false;
    goStale(nowNanos);
  }

  private EventSequencer newSequencer() {
    return new EventSequencer(limits.earlyBatchesPerTarget(), limits.holeWaitNanos());
  }

  private void goStale(long nowNanos) {
    stale = true;
    backoff.start(nowNanos);
  }

  private void settle() {
    stale = false;
    backoff.stop();
  }
}
