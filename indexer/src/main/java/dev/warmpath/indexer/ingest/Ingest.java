package dev.warmpath.indexer.ingest;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.EventBatch;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.IndexStats;
import dev.warmpath.indexer.index.MemoryBudget;
import dev.warmpath.indexer.index.ShardedIndex;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The owner of the prefix indexes: takes events, snapshots and membership from any thread through
 * bounded inboxes and applies them one after the other. It has no thread and no clock of its own:
 * whoever calls {@link #poll} is the owner thread, and says what time it is.
 *
 * <p>Delivery may lose, repeat and reorder: what is lost is noticed and repaired by asking the
 * worker for its content. Until then the target is stale, which any thread can see.
 *
 * <p>Workers are divided among shards by their ids. Each shard has an inbox and an owner thread of
 * its own and changes its own part of each index, so shards share nothing but the bytes that they
 * may take.
 */
public final class Ingest {
  /** Stands for the time at which a target that is not there was heard. */
  public static final long NEVER_HEARD = Long.MIN_VALUE;

  /** Calls of {@link #states} that may wait for their answers: each computes all digests. */
  public static final int MOST_STATES_CALLS = 4;

  /** Dumps that may be open at once, each with the content of one target at a time. */
  public static final int MOST_DUMPS = 4;

  private final IndexLimits indexLimits;
  private final MemoryBudget budget;
  private final IngestCounters counters = new IngestCounters();
  private final Questions statesCalls =
      new Questions("states", MOST_STATES_CALLS, counters.questionsRefused);
  private final Questions dumps = new Questions("dump", MOST_DUMPS, counters.questionsRefused);
  private final ConcurrentHashMap<String, ShardedIndex> indexes = new ConcurrentHashMap<>();
  private final List<IngestShard> shards;

  /**
   * An ingest without targets, with one shard.
   *
   * @param resync how snapshots are asked for; called by the owner thread
   */
  public Ingest(IngestLimits limits, IndexLimits indexLimits, ResyncRequester resync) {
    this(limits, indexLimits, resync, 1);
  }

  /**
   * An ingest without targets.
   *
   * @param limits bounds of each shard's inboxes and of each target
   * @param resync how snapshots are asked for; called by the owner threads
   * @param shards how many, at least 1
   */
  public Ingest(IngestLimits limits, IndexLimits indexLimits, ResyncRequester resync, int shards) {
    if (shards < 1) {
      throw new IllegalArgumentException("shards must be at least 1: " + shards);
    }
    this.indexLimits = indexLimits;
    this.budget = new MemoryBudget(indexLimits.bytes());
    this.shards =
        IntStream.range(0, shards)
            .mapToObj(number ->
                new IngestShard(number, limits, indexLimits, this::indexOrNew, resync, counters))
            .toList();
  }

  private ShardedIndex indexOrNew(String model) {
    return indexes.computeIfAbsent(
        model, _ -> new ShardedIndex(shards.size(), indexLimits, budget));
  }

  private IngestShard shardOf(TargetId id) {
    long mixed = Integer.toUnsignedLong(id.workerId().hashCode() * 0x9E3779B9);
    return shards.get((int) ((mixed * shards.size()) >>> Integer.SIZE));
  }

  /** How many shards there are. */
  public int shards() {
    return shards.size();
  }

  /**
   * Takes a batch. Any thread; never blocks.
   *
   * @return false when the inbox was full: the batch is dropped and counted, its target is stale at
   *     once, and a resync will be asked for
   */
  public boolean offer(EventBatch batch) {
    return shardOf(batch.target()).offer(batch);
  }

  /**
   * Takes a target's content. Any thread; never blocks.
   *
   * @return false when the inbox was full: the snapshot is dropped and counted, and asked for again
   */
  public boolean offer(CacheSnapshot snapshot) {
    return shardOf(snapshot.target()).offer(snapshot);
  }

  /**
   * A prompt was placed on a target that publishes no events: its blocks count as held there. A
   * target that has left meanwhile, or publishes events, is passed over. Any thread; never blocks.
   *
   * @param localHashes the prompt's local hashes; not kept
   * @param blocks how many of them
   * @return false when the inbox was full: the placement is dropped and counted, and the target
   *     counts as holding less than it does
   */
  public boolean placed(int slot, TargetId id, long incarnation, long[] localHashes, int blocks) {
    return shardOf(id)
        .offer(new Message.Placed(slot, id, incarnation, Arrays.copyOf(localHashes, blocks)));
  }

  /**
   * A target appeared: its events count from here on, and its content is asked for. It is stale
   * until an event, a heartbeat or a snapshot shows where it stands. Any thread; never dropped. A
   * second join of the same slot and target changes nothing.
   */
  public void join(IndexedTarget target) {
    shardOf(target.id()).join(target);
  }

  /**
   * A target is gone. Any thread; never dropped.
   *
   * @param released runs on the owner thread once the slot holds nothing and may name another
   *     target
   */
  public void leave(IndexedTarget target, Runnable released) {
    shardOf(target.id()).leave(target, released);
  }

  /**
   * Handles what waits for any shard, for a single owner of all: see {@link #poll(int, long, int)}.
   *
   * @param limit messages handled at most, for each shard
   */
  public int poll(long nowNanos, int limit) {
    int work = 0;
    for (IngestShard shard : shards) {
      work += shard.poll(nowNanos, limit);
    }
    return work;
  }

  /**
   * Handles waiting messages of one shard, then what time has made due there. The shard's owner
   * thread only. A message whose handling fails is counted and logged, and its target is resynced;
   * the others are unharmed.
   *
   * @param shard which, from 0
   * @param nowNanos the time
   * @param limit messages handled at most
   * @return messages handled and resyncs asked for; 0 when there was nothing to do
   */
  public int poll(int shard, long nowNanos, int limit) {
    return shards.get(shard).poll(nowNanos, limit);
  }

  /** The index of a model; null before its first target joined. Any thread. */
  public @Nullable ShardedIndex index(String model) {
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

  /**
   * Whether the index may be behind the slot's target. Any thread; true for an unused slot, never
   * for a target that publishes no events.
   */
  public boolean isStale(int slot) {
    Feed feed = feedAt(slot);
    return feed == null || feed.isStale();
  }

  private @Nullable Feed feedAt(int slot) {
    Feed feed = null;
    for (int shard = 0; shard < shards.size() && feed == null; shard++) {
      feed = shards.get(shard).feedAt(slot);
    }
    return feed;
  }

  /**
   * When the last batch of the target at a slot was taken in, a heartbeat included; before the
   * first, when it joined. On the clock of {@link #poll}. {@link #NEVER_HEARD} when there is no
   * such target, or it publishes no events. Any thread.
   */
  public long heardNanos(int slot) {
    Feed feed = feedAt(slot);
    return feed == null ? NEVER_HEARD : feed.heardNanos();
  }

  /** The joined target with this id; null for none. Any thread. */
  public @Nullable IndexedTarget target(TargetId id) {
    return shardOf(id).target(id);
  }

  /** The joined targets, in no order. Any thread. */
  public List<IndexedTarget> targets() {
    return shards.stream().flatMap(shard -> shard.targets().stream()).toList();
  }

  /** Event batches and placements that wait in the inboxes. Any thread. */
  public long inboxBatches() {
    return shards.stream().mapToLong(IngestShard::inboxBatches).sum();
  }

  /** Counters; any thread. */
  public IngestCounters counters() {
    return counters;
  }

  /**
   * Figures about every target. Any thread; answered by the owner threads, so it completes only
   * while {@link #poll} is called, one target a message, so that events are not held up: a digest
   * takes tens of nanoseconds for each block. Fails with {@link TooManyQuestionsException} when
   * {@link #MOST_STATES_CALLS} wait already.
   */
  public CompletableFuture<List<TargetState>> states() {
    return statesCalls.ask(() -> joined(shards.stream().map(IngestShard::states).toList()));
  }

  /**
   * What the index holds of each target that has joined, by worker and rank; to be closed. Any
   * thread; answered by the owner threads, one target a message, so that events are not held up for
   * long.
   *
   * @param workerId the worker whose ranks are wanted; empty for all
   * @throws TooManyQuestionsException when {@link #MOST_DUMPS} are open already
   */
  public Dump dump(String workerId) {
    dumps.begin();
    List<TargetId> wanted =
        targets().stream()
            .map(IndexedTarget::id)
            .filter(id -> workerId.isEmpty() || id.workerId().equals(workerId))
            .sorted(Comparator.comparing(TargetId::workerId).thenComparingInt(TargetId::rank))
            .toList();
    return new Dump(wanted, id -> shardOf(id).content(id), dumps::end, counters.dumpsNotRead);
  }

  private static <T> CompletableFuture<List<T>> joined(List<CompletableFuture<List<T>>> parts) {
    CompletableFuture<List<T>> all =
        CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
            .thenApply(_ ->
                parts.stream().map(CompletableFuture::join).flatMap(Collection::stream).toList());
    var _ = all.whenComplete((_, _) -> parts.forEach(part -> part.cancel(false)));
    return all;
  }
}
