package dev.warmpath.indexer.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.EventBatch;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.ShardedIndex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** An {@link Ingest} with one thread, time moved by hand, and requests that nobody answers. */
abstract class IngestScenario {
  static final String MODEL = "model";
  static final TargetId ID = new TargetId("worker", 0);
  static final IngestLimits LIMITS =
      new IngestLimits(
          8,
          1_000,
          1_000,
          4,
          millis(50),
          millis(30_000),
          millis(200),
          millis(5_000),
          millis(20_000),
          millis(120_000),
          millis(120_000));
  static final IndexLimits INDEX_LIMITS = new IndexLimits(3, millis(60_000));

  /** One request to a worker. */
  record Request(IndexedTarget target, long incarnation, long appliedEventId) {}

  final List<Request> requests = new ArrayList<>();
  int requestsTaken = Integer.MAX_VALUE;
  final Ingest ingest =
      new Ingest(
          LIMITS,
          INDEX_LIMITS,
          (target, incarnation, applied) ->
              requests.size() < requestsTaken
                  && requests.add(new Request(target, incarnation, applied)));
  long now = -12_345;

  void settled() {
    join(target(7));
    offer(batch(7, 1));
    requests.clear();
  }

  void join(IndexedTarget target) {
    ingest.join(target);
    poll();
  }

  void offer(EventBatch batch) {
    assertThat(ingest.offer(batch)).isTrue();
    poll();
  }

  void offer(CacheSnapshot snapshot) {
    assertThat(ingest.offer(snapshot)).isTrue();
    poll();
  }

  void poll() {
    ingest.poll(now, 100);
  }

  void pass(long millis) {
    now += millis(millis);
    poll();
  }

  TargetState state() {
    var states = ingest.states();
    poll();
    return states.join().getFirst();
  }

  ShardedIndex index() {
    return Objects.requireNonNull(ingest.index(MODEL));
  }

  int overlap(long hash) {
    Overlaps overlaps = new Overlaps();
    index().match(new long[] {hash}, 1, overlaps);
    return Math.max(overlaps.deviceBlocks(0), overlaps.deviceBlocks(1));
  }

  static IndexedTarget target(long incarnation) {
    return new IndexedTarget(0, ID, MODEL, 16, false, incarnation);
  }

  static EventBatch batch(long incarnation, long firstEventId, KvEvent... events) {
    return new EventBatch(MODEL, ID, incarnation, firstEventId, List.of(events));
  }

  static CacheSnapshot snapshot(long incarnation, long asOf, KvEvent... content) {
    return new CacheSnapshot(ID, incarnation, asOf, List.of(content));
  }

  static KvEvent root(long hash) {
    return KvEvent.Stored.root(new long[] {hash}, new long[] {hash}, Tier.DEVICE);
  }

  static KvEvent after(long parent, long hash) {
    return KvEvent.Stored.after(parent, new long[] {hash}, new long[] {hash}, Tier.DEVICE);
  }

  static KvEvent removed(long hash) {
    return new KvEvent.Removed(new long[] {hash}, Tier.DEVICE);
  }

  static long millis(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }
}
