package dev.warmpath.indexer.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.warmpath.indexer.event.EventBatch;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.ShardedIndex;
import dev.warmpath.indexer.testing.ModelCache;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An ingest of four shards against one of one shard, and four owner threads at work. */
class IngestShardsTest {
  private static final String MODEL = "model";
  private static final int WORKERS = 24;

  private final Ingest one = ingest(1);
  private final Ingest four = ingest(4);
  private final Overlaps ofOne = new Overlaps();
  private final Overlaps ofFour = new Overlaps();

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shardsSayTogetherWhatOneSays(long seed) {
    Random random = new Random(seed);
    List<ModelCache> caches = new ArrayList<>();
    List<long[]> prompts = new ArrayList<>();
    for (int worker = 0; worker < WORKERS; worker++) {
      caches.add(new ModelCache(new Random(seed), 60));
      join(worker);
    }
    for (int event = 1; event <= 400; event++) {
      for (int worker = 0; worker < WORKERS; worker++) {
        KvEvent change = caches.get(worker).change();
        if (change instanceof KvEvent.Stored stored && !stored.hasParent()) {
          prompts.add(stored.localHashes());
        }
        if (random.nextInt(10) > 0) {
          EventBatch batch = new EventBatch(MODEL, id(worker), 1, event, List.of(change));
          assertThat(one.offer(batch)).isTrue();
          assertThat(four.offer(batch)).isTrue();
        }
      }
      poll(event);
    }
    int found = 0;
    for (long[] prompt : prompts) {
      index(one).match(prompt, prompt.length, ofOne);
      index(four).match(prompt, prompt.length, ofFour);
      for (int slot = 0; slot < WORKERS; slot++) {
        for (Tier tier : Tier.values()) {
          assertThat(ofFour.blocks(slot, tier)).isEqualTo(ofOne.blocks(slot, tier));
          found += ofOne.blocks(slot, tier);
        }
      }
    }
    assertThat(found).as("overlaps, seed %d", seed).isPositive();
    assertThat(states(four)).containsExactlyElementsOf(states(one));
    for (int slot = 0; slot < WORKERS + 2; slot++) {
      assertThat(four.isStale(slot)).isEqualTo(one.isStale(slot));
    }
  }

  @Test
  void workersAreDividedAmongAllShards() {
    for (int worker = 0; worker < WORKERS; worker++) {
      join(worker);
    }
    for (int shard = 0; shard < 4; shard++) {
      assertThat(four.poll(shard, 1, 1_000)).as("shard %d", shard).isPositive();
    }
    assertThat(four.targets()).hasSize(WORKERS);
  }

  @Test
  void aSlotMayGoFromAWorkerOfOneShardToAWorkerOfAnother() {
    for (int worker = 0; worker < WORKERS; worker++) {
      IndexedTarget target = new IndexedTarget(0, id(worker), MODEL, 16, false, 1);
      four.join(target);
      four.offer(new EventBatch(MODEL, id(worker), 1, 1, List.of(root(worker + 1))));
      four.poll(worker, 1_000);
      long[] prompt = {worker + 1};
      index(four).match(prompt, 1, ofFour);
      assertThat(ofFour.deviceBlocks(0)).isOne();
      assertThat(index(four).heldBlocks(0)).isOne();
      assertThat(four.isStale(0)).isFalse();

      boolean[] released = {false};
      four.leave(target, () -> released[0] = true);
      four.poll(worker, 1_000);
      assertThat(released[0]).isTrue();
      index(four).match(prompt, 1, ofFour);
      assertThat(ofFour.deviceBlocks(0)).isZero();
      assertThat(four.isStale(0)).isTrue();
    }
  }

  @Test
  void eachShardHasAThreadThatAppliesItsEvents() {
    try (IndexThreads threads = new IndexThreads(four)) {
      for (int worker = 0; worker < WORKERS; worker++) {
        four.join(new IndexedTarget(worker, id(worker), MODEL, 16, false, 1));
        four.offer(new EventBatch(MODEL, id(worker), 1, 1, List.of(root(7))));
      }
      await().until(() -> four.states().join().size() == WORKERS);
      await().until(() -> four.states().join().stream().allMatch(state -> state.blocks() == 1));
      assertThat(threads.areAlive()).isTrue();
      List<TargetId> dumped = new ArrayList<>();
      try (Dump dump = four.dump("")) {
        while (dump.hasNext()) {
          dumped.add(dump.next().join().orElseThrow().target());
        }
      }
      assertThat(dumped).hasSize(WORKERS).doesNotHaveDuplicates();
      index(four).match(new long[] {7}, 1, ofFour);
      assertThat(ofFour.groups(Tier.DEVICE).size()).isOne();
    }
  }

  @Test
  void anIngestHasAtLeastOneShard() {
    assertThatThrownBy(() -> ingest(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("shards must be at least 1: 0");
  }

  private static Ingest ingest(int shards) {
    return new Ingest(IngestLimits.DEFAULT, IndexLimits.DEFAULT, (_, _, _) -> true, shards);
  }

  private void join(int worker) {
    IndexedTarget target = new IndexedTarget(worker, id(worker), MODEL, 16, false, 1);
    one.join(target);
    four.join(target);
  }

  private void poll(long nowNanos) {
    one.poll(nowNanos, 1_000);
    four.poll(nowNanos, 1_000);
  }

  private static List<TargetState> states(Ingest of) {
    var states = of.states();
    of.poll(1_000, 1_000);
    return states.join().stream().sorted(Comparator.comparingInt(TargetState::slot)).toList();
  }

  private static ShardedIndex index(Ingest of) {
    return Objects.requireNonNull(of.index(MODEL));
  }

  private static TargetId id(int worker) {
    return new TargetId("worker-" + worker, 0);
  }

  private static KvEvent root(long hash) {
    return KvEvent.Stored.root(new long[] {hash}, new long[] {hash}, Tier.DEVICE);
  }
}
