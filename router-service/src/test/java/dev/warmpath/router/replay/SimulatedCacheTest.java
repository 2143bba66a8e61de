package dev.warmpath.router.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PrefixIndex;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SimulatedCacheTest {
  private static final int ROUNDS = 3_000;
  private static final int MAX_BLOCKS = 12;

  @Test
  void hitsAndHoldsWhatTheNaiveTwinDoes() {
    for (int seed = 0; seed < 5; seed++) {
      int capacity = 1 + seed * 9;
      SimulatedCache cache = new SimulatedCache(capacity, seed);
      NaiveCache twin = new NaiveCache(capacity);
      Random random = new Random(seed);
      for (int round = 0; round < ROUNDS / 5; round++) {
        Prompt prompt = Prompts.random(random, MAX_BLOCKS);
        assertThat(use(cache, prompt, new ArrayList<>()))
            .as("seed %d, round %d", seed, round)
            .isEqualTo(twin.use(prompt));
        assertThat(cache.blocks()).isEqualTo(twin.content().size());
      }
    }
  }

  @Test
  void evictsLeavesBeforeTheirPrefixes() {
    SimulatedCache cache = new SimulatedCache(20, 1);
    Map<Long, Long> parentOf = new HashMap<>();
    Random random = new Random(7);
    for (int round = 0; round < ROUNDS; round++) {
      List<KvEvent> events = new ArrayList<>();
      use(cache, Prompts.random(random, MAX_BLOCKS), events);
      for (KvEvent event : events) {
        if (event instanceof KvEvent.Stored stored) {
          store(parentOf, stored);
        } else if (event instanceof KvEvent.Removed removed) {
          for (long engineHash : removed.engineHashes()) {
            assertThat(parentOf.containsValue(engineHash)).as("round %d", round).isFalse();
            parentOf.remove(engineHash);
          }
        }
      }
    }
  }

  private static void store(Map<Long, Long> parentOf, KvEvent.Stored stored) {
    long parent = stored.parentHash();
    for (long engineHash : stored.engineHashes()) {
      parentOf.put(engineHash, parent);
      parent = engineHash;
    }
  }

  @Test
  void keepsAnIndexFedByItsEventsInStep() {
    SimulatedCache cache = new SimulatedCache(25, 3);
    PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
    Overlaps overlaps = new Overlaps();
    Random random = new Random(11);
    for (int round = 0; round < ROUNDS; round++) {
      List<KvEvent> events = new ArrayList<>();
      use(cache, Prompts.random(random, MAX_BLOCKS), events);
      events.forEach(event -> index.apply(0, event, 0));

      assertThat(index.digest(0)).as("round %d", round).isEqualTo(cache.digest());
      Prompt asked = Prompts.random(random, MAX_BLOCKS);
      index.match(asked.localHashes(), asked.blocks(), overlaps);
      assertThat(overlaps.deviceBlocks(0)).isEqualTo(cache.cachedBlocks(asked));
    }
    assertThat(index.counters().unknownRemovals()).isZero();
    assertThat(index.counters().parkedBlocks()).isZero();
    assertThat(index.counters().extraCopies()).isZero();
  }

  @Test
  void tellsItsContentParentsFirst() {
    SimulatedCache cache = new SimulatedCache(40, 3);
    Random random = new Random(13);
    for (int round = 0; round < 200; round++) {
      use(cache, Prompts.random(random, MAX_BLOCKS), new ArrayList<>());
    }
    PrefixIndex index = new PrefixIndex(new IndexLimits(0, 0));

    cache.content().forEach(event -> assertThat(index.apply(5, event, 0)).isTrue());

    assertThat(index.heldBlocks(5)).isEqualTo(cache.blocks());
    assertThat(index.digest(5)).isEqualTo(cache.digest());
  }

  @Test
  void freesRoomAtTheStartOfAPrefillAndStoresAtItsEnd() {
    SimulatedCache cache = new SimulatedCache(3, 1);
    use(cache, Prompts.of(1, 2), new ArrayList<>());
    List<KvEvent> events = new ArrayList<>();
    Prompt next = Prompts.of(1, 5, 6);

    assertThat(cache.reserve(next, events)).isEqualTo(1);
    assertThat(events).singleElement().isInstanceOf(KvEvent.Removed.class);
    assertThat(cache.cachedBlocks(next)).isEqualTo(1);

    cache.store(next, events);
    assertThat(events).hasSize(2);
    assertThat(cache.cachedBlocks(next)).isEqualTo(3);
  }

  @Test
  void storesOnlyWhatIsMissingAsOneRunBehindItsParent() {
    SimulatedCache cache = new SimulatedCache(10, 1);
    List<KvEvent> first = new ArrayList<>();
    use(cache, Prompts.of(1, 2), first);
    List<KvEvent> second = new ArrayList<>();
    use(cache, Prompts.of(1, 2, 3, 4), second);

    KvEvent.Stored root = (KvEvent.Stored) first.getFirst();
    KvEvent.Stored more = (KvEvent.Stored) second.getFirst();
    assertThat(root.hasParent()).isFalse();
    assertThat(more.parentHash()).isEqualTo(root.engineHashes()[1]);
    assertThat(more.localHashes()).containsExactly(3, 4);
    assertThat(more.tier()).isEqualTo(Tier.DEVICE);
  }

  @Test
  void keepsTheFirstBlocksOfAPromptThatIsLongerThanTheCache() {
    SimulatedCache cache = new SimulatedCache(2, 1);
    use(cache, Prompts.of(1, 2, 3, 4), new ArrayList<>());

    assertThat(cache.blocks()).isEqualTo(2);
    assertThat(cache.cachedBlocks(Prompts.of(1, 2, 3, 4))).isEqualTo(2);
  }

  @Test
  void startsAnewWhenItIsClearedInTheMiddleOfAPrefill() {
    SimulatedCache cache = new SimulatedCache(10, 1);
    use(cache, Prompts.of(1, 2), new ArrayList<>());
    Prompt next = Prompts.of(1, 2, 3);
    List<KvEvent> events = new ArrayList<>();

    assertThat(cache.reserve(next, events)).isEqualTo(2);
    cache.clear(events);
    assertThat(cache.digest()).isZero();
    cache.store(next, events);

    assertThat(events).hasSize(2).first().isInstanceOf(KvEvent.Cleared.class);
    KvEvent.Stored stored = (KvEvent.Stored) events.getLast();
    assertThat(stored.hasParent()).isFalse();
    assertThat(stored.localHashes()).containsExactly(1, 2, 3);
    assertThat(cache.cachedBlocks(next)).isEqualTo(3);
  }

  @Test
  void refusesASecondPromptBeforeTheFirstIsStored() {
    SimulatedCache cache = new SimulatedCache(2, 1);
    cache.reserve(Prompts.of(1), new ArrayList<>());

    assertThatThrownBy(() -> cache.reserve(Prompts.of(2), new ArrayList<>()))
        .isInstanceOf(IllegalStateException.class);
  }

  private static int use(SimulatedCache cache, Prompt prompt, List<KvEvent> events) {
    int cached = cache.reserve(prompt, events);
    cache.store(prompt, events);
    return cached;
  }
}
