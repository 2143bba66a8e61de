package dev.warmpath.indexer.ingest;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.EventBatch;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.indexer.index.ShardedIndex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The workers of an {@link Ingest} that one thread takes care of: their inbox, their feeds, and a
 * shard of each index. Whoever calls {@link #poll} is the owner thread; all else is for any thread.
 */
final class IngestShard {
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

  private final int number;
  private final IngestLimits limits;
  private final IndexLimits indexLimits;
  private final Function<String, ShardedIndex> indexes;
  private final ResyncRequester resync;
  private final IngestCounters counters;
  private final OccasionalLog failures = new OccasionalLog(LOG);
  private final Inbox inbox;
  private final TargetTable targets = new TargetTable();
  private volatile boolean lossToNotice;

  private final LinkedHashSet<TargetFeed> attention = new LinkedHashSet<>();
  private final Interval sweep = new Interval(SWEEP_NANOS);
  private boolean leftOut;
  private long leftOutAtNanos;

  /**
   * A shard without targets.
   *
   * @param number which shard of an index is its own
   * @param indexes the index of a model, made when there is none
   */
  IngestShard(
      int number,
      IngestLimits limits,
      IndexLimits indexLimits,
      Function<String, ShardedIndex> indexes,
      ResyncRequester resync,
      IngestCounters counters) {
    this.number = number;
    this.limits = limits;
    this.indexLimits = indexLimits;
    this.indexes = indexes;
    this.resync = resync;
    this.counters = counters;
    this.inbox = new Inbox(limits);
  }

  /** Returns false when the inbox was full. */
  boolean offer(EventBatch batch) {
    if (inbox.offer(batch)) {
      return true;
    }
    counters.inboxFull.increment();
    if (targets.find(batch.target()) instanceof TargetFeed feed) {
      feed.lose(batch);
      lossToNotice = true;
    }
    return false;
  }

  /** Returns false when the inbox was full. */
  boolean offer(CacheSnapshot snapshot) {
    boolean taken = inbox.offer(snapshot);
    if (!taken) {
      counters.snapshotInboxFull.increment();
    }
    return taken;
  }

  /** Returns false when the inbox was full. */
  boolean offer(Message.Placed placed) {
    boolean taken = inbox.offer(placed);
    if (!taken) {
      counters.placementsDropped.increment();
    }
    return taken;
  }

  void join(IndexedTarget target) {
    inbox.add(new Message.Join(target));
  }

  void leave(IndexedTarget target, Runnable released) {
    inbox.add(new Message.Leave(target, released));
  }

  /**
   * Handles waiting messages, then what time has made due. The owner thread only. A message whose
   * handling fails is counted and logged, and its target, if it publishes events, is resynced; the
   * others are unharmed.
   *
   * @param nowNanos the time
   * @param limit messages handled at most
   * @return messages handled and resyncs asked for; 0 when there was nothing to do
   */
  int poll(long nowNanos, int limit) {
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
        case Message.Placed placed -> take(placed, nowNanos);
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

  /** The feed of a target that has joined and publishes events. */
  private @Nullable TargetFeed known(TargetId id) {
    return switch (targets.find(id)) {
      case TargetFeed feed -> feed;
      case PlacementFeed _ -> {
        counters.unexpectedEvents.increment();
        yield null;
      }
      case null -> {
        counters.unknownTargets.increment();
        yield null;
      }
    };
  }

  private void take(Message.Placed placed, long nowNanos) {
    if (targets.at(placed.slot()) instanceof PlacementFeed feed
        && feed.target().id().equals(placed.target())
        && feed.incarnation() == placed.incarnation()) {
      feed.take(placed.localHashes(), nowNanos);
    }
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
    Feed holder = targets.at(target.slot());
    if (holder != null) {
      if (!holder.target().equals(target)) {
        throw new IllegalStateException(
            "slot %d belongs to %s, %s cannot join there"
                .formatted(target.slot(), holder.target().id(), target.id()));
      }
      return;
    }
    PrefixIndex index = indexes.apply(target.model()).shard(number);
    long own = target.blockBound();
    long bound = own == 0 ? indexLimits.blocksPerTarget() : own;
    if (targets.find(target.id()) instanceof TargetFeed olderLife) {
      attention.remove(olderLife);
    }
    if (target.publishesEvents()) {
      index.admit(target.slot(), bound, target.repeatedStores());
      TargetFeed feed = new TargetFeed(target, index, limits, counters, nowNanos);
      targets.add(feed);
      attention.add(feed);
    } else {
      long life = own == 0 ? limits.placedLifeNanos() : limits.boundedPlacedLifeNanos();
      targets.add(new PlacementFeed(target, index, bound, life, counters));
    }
  }

  private void release(IndexedTarget target, Runnable released) {
    Feed feed = targets.at(target.slot());
    if (feed != null) {
      if (!feed.target().id().equals(target.id())) {
        throw new IllegalStateException(
            "slot %d belongs to %s, %s cannot leave it"
                .formatted(target.slot(), feed.target().id(), target.id()));
      }
      targets.remove(feed);
      if (feed instanceof TargetFeed waiting) {
        attention.remove(waiting);
      }
      feed.release();
    }
    released.run();
  }

  private void noticeLosses() {
    if (lossToNotice) {
      lossToNotice = false;
      for (Feed feed : targets.feeds()) {
        if (feed instanceof TargetFeed losing && losing.hasLoss()) {
          attention.add(losing);
        }
      }
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

  /** The feed of the target at a slot; null for none. */
  @Nullable Feed feedAt(int slot) {
    return targets.at(slot);
  }

  /** The joined target with this id; null for none. */
  @Nullable IndexedTarget target(TargetId id) {
    Feed feed = targets.find(id);
    return feed == null ? null : feed.target();
  }

  /** The joined targets, in no order. */
  List<IndexedTarget> targets() {
    return targets.feeds().stream().map(Feed::target).toList();
  }

  /** Event batches that wait in the inbox. */
  long inboxBatches() {
    return inbox.batches();
  }

  /** Figures about every target, as {@link Ingest#states}. */
  CompletableFuture<List<TargetState>> states() {
    return askEach(Feed::state);
  }

  /** What the index holds of a target, as {@link Dump#next}. */
  CompletableFuture<Optional<CacheSnapshot>> content(TargetId id) {
    CompletableFuture<Optional<CacheSnapshot>> answer = new CompletableFuture<>();
    ask(
        answer,
        () -> {
          if (!answer.isDone()) {
            Feed feed = targets.find(id);
            Optional<CacheSnapshot> content =
                feed == null || feed.incarnation() == 0
                    ? Optional.empty()
                    : Optional.of(feed.content());
            answer.completeAsync(() -> content);
          }
        });
    return answer;
  }

  /**
   * Has the owner thread answer a question about all targets: one target a message, each queued
   * when the one before it was answered, so that events come in between. It stops at the next
   * target when the answer is cancelled.
   */
  private <T> CompletableFuture<List<T>> askEach(Function<Feed, T> question) {
    CompletableFuture<List<T>> answer = new CompletableFuture<>();
    ask(
        answer,
        () -> {
          List<Feed> feeds = List.copyOf(targets.feeds());
          askNext(feeds.iterator(), question, new ArrayList<>(), answer);
        });
    return answer;
  }

  private <T> void askNext(
      Iterator<Feed> feeds,
      Function<Feed, T> question,
      List<T> answers,
      CompletableFuture<List<T>> answer) {
    if (!feeds.hasNext()) {
      answer.completeAsync(() -> answers);
      return;
    }
    ask(
        answer,
        () -> {
          if (answer.isDone()) {
            return;
          }
          Feed feed = feeds.next();
          if (targets.at(feed.target().slot()) == feed) {
            answers.add(question.apply(feed));
          }
          askNext(feeds, question, answers, answer);
        });
  }

  /** Has the owner thread do a step towards an answer; what depends on that runs elsewhere. */
  private void ask(CompletableFuture<?> answer, Runnable step) {
    inbox.add(
        new Message.Query(() -> {
          try {
            step.run();
          } catch (Throwable e) {
            answer.completeExceptionally(e);
            throw e;
          }
        }));
  }
}
