package dev.warmpath.indexer.ingest;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.EventBatch;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.IndexStats;
import dev.warmpath.indexer.index.MemoryBudget;
import dev.warmpath.indexer.index.PrefixIndex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The owner of the prefix indexes: takes events, snapshots and membership from any thread through a
 * bounded inbox and applies them one after the other. It has no thread and no clock of its own:
 * whoever calls {@link #poll} is the owner thread, and says what time it is.
 *
 * <p>Delivery may lose, repeat and reorder: what is lost is noticed and repaired by asking the
 * worker for its content. Until then the target is stale, which any thread can see.
 */
public final class Ingest {
  /** Stands for the time at which a target that is not there was heard. */
  public static final long NEVER_HEARD = Long.MIN_VALUE;

  /*
   * any thread: offer, join, leave, questions --> Inbox --> poll (owner): TargetFeed --> PrefixIndex
   *
   * A dropped batch leaves a mark in its target's feed instead of a message, so that a full inbox
   * needs no room to say so. Feeds that wait for something (a hole to close, a snapshot to come)
   * are in `attention`; only they are looked at when nothing arrives. Who was asked for its
   * content goes to the end, and when a request is left out all wait, so that none is passed by.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Ingest.class);

  /** No requests are made for so long after one was left out. */
  private static final long LEFT_OUT_PAUSE_NANOS = Duration.ofMillis(10).toNanos();

  private static final long SWEEP_NANOS = Duration.ofSeconds(1).toNanos();

  private final IngestLimits limits;
  private final IndexLimits indexLimits;
  private final MemoryBudget budget;
  private final ResyncRequester resync;
  private final IngestCounters counters = new IngestCounters();
  private final OccasionalLog failures = new OccasionalLog(LOG);
  private final Inbox inbox;
  private final TargetTable targets = new TargetTable();
  private final ConcurrentHashMap<String, PrefixIndex> indexes = new ConcurrentHashMap<>();
  private volatile boolean lossToNotice;

  private final LinkedHashSet<TargetFeed> attention = new LinkedHashSet<>();
  private final Interval sweep = new Interval(SWEEP_NANOS);
  private boolean leftOut;
  private long leftOutAtNanos;

  /**
   * An ingest without targets.
   *
   * @param resync how snapshots are asked for; called by the owner thread
   */
  public Ingest(IngestLimits limits, IndexLimits indexLimits, ResyncRequester resync) {
    this.limits = limits;
    this.indexLimits = indexLimits;
    this.budget = new MemoryBudget(indexLimits.bytes());
    this.resync = resync;
    this.inbox = new Inbox(limits);
  }

  /**
   * Takes a batch. Any thread; never blocks.
   *
   * @return false when the inbox was full: the batch is dropped and counted, its target is stale at
   *     once, and a resync will be asked for
   */
  public boolean offer(EventBatch batch) {
    if (inbox.offer(batch)) {
      return true;
    }
    counters.inboxFull.increment();
    TargetFeed feed = targets.find(batch.target());
    if (feed != null) {
      feed.lose(batch);
      lossToNotice = true;
    }
    return false;
  }

  /**
   * Takes a target's content. Any thread; never blocks.
   *
   * @return false when the inbox was full: the snapshot is dropped and counted, and asked for again
   */
  public boolean offer(CacheSnapshot snapshot) {
    boolean taken = inbox.offer(snapshot);
    if (!taken) {
      counters.snapshotInboxFull.increment();
    }
    return taken;
  }

  /**
   * A target appeared: its events count from here on, and its content is asked for. It is stale
   * until an event, a heartbeat or a snapshot shows where it stands. Any thread; never dropped. A
   * second join of the same slot and target changes nothing.
   */
  public void join(IndexedTarget target) {
    inbox.add(new Message.Join(target));
  }

  /**
   * A target is gone. Any thread; never dropped.
   *
   * @param released runs on the owner thread once the slot holds nothing and may name another
   *     target
   */
  public void leave(IndexedTarget target, Runnable released) {
    inbox.add(new Message.Leave(target, released));
  }

  /**
   * Handles waiting messages, then what time has made due. The owner thread only. A message whose
   * handling fails is counted and logged, and its target is resynced; the others are unharmed.
   *
   * @param nowNanos the time
   * @param limit messages handled at most
   * @return messages handled and resyncs asked for; 0 when there was nothing to do
   */
  public int poll(long nowNanos, int limit) {
    int work = 0;
    while (work < limit) {
      Message message = inbox.poll();
      if (message == null) {
        break;
      }
      handle(message, nowNanos);
      work++;
    }
    noticeLosses();
    if (sweep.isDue(nowNanos)) {
      targets.feeds().forEach(feed -> feed.sweep(nowNanos));
    }
    return work + repair(nowNanos);
  }

  private void handle(Message message, long nowNanos) {
    try {
      switch (message) {
        case Message.Events events -> take(events.batch(), nowNanos);
        case Message.Snapshot snapshot -> take(snapshot.snapshot(), nowNanos);
        case Message.Join join -> admit(join.target(), nowNanos);
        case Message.Leave leave -> release(leave.target(), leave.released());
        case Message.Query query -> query.answer().run();
      }
    } catch (RuntimeException e) {
      counters.failures.increment();
      failures.error("a message to the index failed", e);
    }
  }

  private void take(EventBatch batch, long nowNanos) {
    TargetFeed feed = known(batch.target());
    if (feed != null) {
      guarded(feed, nowNanos, () -> feed.take(batch, nowNanos));
    }
  }

  private void take(CacheSnapshot snapshot, long nowNanos) {
    TargetFeed feed = known(snapshot.target());
    if (feed != null) {
      guarded(feed, nowNanos, () -> feed.take(snapshot, nowNanos));
    }
  }

  private @Nullable TargetFeed known(TargetId id) {
    TargetFeed feed = targets.find(id);
    if (feed == null) {
      counters.unknownTargets.increment();
    }
    return feed;
  }

  private void guarded(TargetFeed feed, long nowNanos, Runnable change) {
    boolean done = false;
    try {
      change.run();
      done = true;
    } finally {
      if (!done) {
        feed.distrust(nowNanos);
      }
      if (feed.needsAttention()) {
        attention.add(feed);
      }
    }
  }

  private void admit(IndexedTarget target, long nowNanos) {
    TargetFeed holder = targets.at(target.slot());
    if (holder != null) {
      if (!holder.target().equals(target)) {
        throw new IllegalStateException(
            "slot %d belongs to %s, %s cannot join there"
                .formatted(target.slot(), holder.target().id(), target.id()));
      }
      return;
    }
    PrefixIndex index =
        indexes.computeIfAbsent(target.model(), _ -> new PrefixIndex(indexLimits, budget));
    long bound = target.blockBound();
    index.admit(target.slot(), bound == 0 ? indexLimits.blocksPerTarget() : bound);
    TargetFeed feed = new TargetFeed(target, index, limits, counters, nowNanos);
    TargetFeed olderLife = targets.find(target.id());
    if (olderLife != null) {
      attention.remove(olderLife);
    }
    targets.add(feed);
    attention.add(feed);
  }

  private void release(IndexedTarget target, Runnable released) {
    TargetFeed feed = targets.at(target.slot());
    if (feed != null) {
      if (!feed.target().id().equals(target.id())) {
        throw new IllegalStateException(
            "slot %d belongs to %s, %s cannot leave it"
                .formatted(target.slot(), feed.target().id(), target.id()));
      }
      targets.remove(feed);
      attention.remove(feed);
      feed.release();
    }
    released.run();
  }

  private void noticeLosses() {
    if (lossToNotice) {
      lossToNotice = false;
      targets.feeds().stream().filter(TargetFeed::hasLoss).forEach(attention::add);
    }
  }

  private int repair(long nowNanos) {
    List<TargetFeed> requested = new ArrayList<>();
    leftOut = leftOut && nowNanos - leftOutAtNanos < LEFT_OUT_PAUSE_NANOS;
    for (Iterator<TargetFeed> feeds = attention.iterator(); feeds.hasNext(); ) {
      TargetFeed feed = feeds.next();
      if (feed.tick(nowNanos) && !leftOut) {
        if (request(feed)) {
          feed.requested(nowNanos);
          requested.add(feed);
        } else {
          leftOut = true;
          leftOutAtNanos = nowNanos;
        }
      }
      if (!feed.needsAttention()) {
        feeds.remove();
      }
    }
    requested.forEach(attention::addLast);
    return requested.size();
  }

  /** Returns false when the request was left out. */
  private boolean request(TargetFeed feed) {
    boolean taken = true;
    try {
      taken = resync.request(feed.target(), feed.incarnation(), feed.appliedEventId());
    } catch (RuntimeException e) {
      counters.resyncsFailed.increment();
      failures.warn("cannot ask " + feed.target().id() + " for its content", e);
    }
    if (taken) {
      counters.resyncsRequested.increment();
    }
    return taken;
  }

  /** The index of a model; null before its first target joined. Any thread. */
  public @Nullable PrefixIndex index(String model) {
    return indexes.get(model);
  }

  /** What the index of each model takes and holds. Any thread. */
  public Map<String, IndexStats> stats() {
    Map<String, IndexStats> stats = new HashMap<>();
    indexes.forEach((model, index) -> stats.put(model, index.stats()));
    return stats;
  }

  /** The bytes that all indexes together may take. Any thread. */
  public MemoryBudget budget() {
    return budget;
  }

  /** Whether the index may be behind the slot's target. Any thread; true for an unused slot. */
  public boolean isStale(int slot) {
    TargetFeed feed = targets.at(slot);
    return feed == null || feed.isStale();
  }

  /**
   * When the last batch of the target at a slot was taken in, a heartbeat included; before the
   * first, when it joined. On the clock of {@link #poll}. {@link #NEVER_HEARD} when there is no
   * such target. Any thread.
   */
  public long heardNanos(int slot) {
    TargetFeed feed = targets.at(slot);
    return feed == null ? NEVER_HEARD : feed.heardNanos();
  }

  /** The joined target with this id; null for none. Any thread. */
  public @Nullable IndexedTarget target(TargetId id) {
    TargetFeed feed = targets.find(id);
    return feed == null ? null : feed.target();
  }

  /** The joined targets, in no order. Any thread. */
  public List<IndexedTarget> targets() {
    return targets.feeds().stream().map(TargetFeed::target).toList();
  }

  /** Event batches that wait in the inbox. Any thread. */
  public long inboxBatches() {
    return inbox.batches();
  }

  /** Counters; any thread. */
  public IngestCounters counters() {
    return counters;
  }

  /**
   * Figures about every target. Any thread; answered by the owner thread, so it completes only
   * while {@link #poll} is called.
   */
  public CompletableFuture<List<TargetState>> states() {
    return ask(() -> targets.feeds().stream().map(TargetFeed::state).toList());
  }

  /**
   * What the index holds of each target whose incarnation is known. Any thread; answered by the
   * owner thread, one target a message, so that events are not held up for long.
   *
   * @param workerId the worker whose ranks are wanted; empty for all
   */
  public CompletableFuture<List<CacheSnapshot>> dump(String workerId) {
    List<CompletableFuture<List<CacheSnapshot>>> parts =
        targets.feeds().stream()
            .filter(feed -> workerId.isEmpty() || feed.target().id().workerId().equals(workerId))
            .map(feed -> ask(() -> content(feed)))
            .toList();
    return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
        .thenApply(_ -> parts.stream().flatMap(part -> part.join().stream()).toList());
  }

  private List<CacheSnapshot> content(TargetFeed feed) {
    boolean known = targets.at(feed.target().slot()) == feed && feed.incarnation() != 0;
    return known ? List.of(feed.content()) : List.of();
  }

  /** Has the owner thread compute an answer; what depends on it runs elsewhere. */
  private <T> CompletableFuture<T> ask(Supplier<T> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    inbox.add(
        new Message.Query(() -> {
          try {
            T value = question.get();
            answer.completeAsync(() -> value);
          } catch (RuntimeException e) {
            answer.completeExceptionally(e);
            throw e;
          }
        }));
    return answer;
  }
}
