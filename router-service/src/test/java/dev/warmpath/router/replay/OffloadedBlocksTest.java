package dev.warmpath.router.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.router.replay.SimulatedCache.Fetched;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class OffloadedBlocksTest {
  private static final int ROUNDS = 1_500;
  private static final int MAX_BLOCKS = 12;

  @Test
  void holdsAndFetchesWhatTheNaiveTwinDoes() {
    for (int seed = 0; seed < 8; seed++) {
      int onDevice = 1 + seed * 4;
      int onHost = seed == 7 ? 0 : 1 + 40 / (1 + seed);
      int onDisk = seed % 3 * 9;
      SimulatedCache cache = new SimulatedCache(onDevice, onHost, onDisk, seed);
      NaiveTiers twin = new NaiveTiers(onDevice, onHost, onDisk);
      Random random = new Random(seed);
      for (int round = 0; round < ROUNDS; round++) {
        Prompt prompt = Prompts.random(random, MAX_BLOCKS);

        assertThat(use(cache, prompt, new ArrayList<>()))
            .as("seed %d, round %d", seed, round)
            .isEqualTo(twin.use(prompt));
        assertThat(cache.blocks() + cache.offloadedBlocks())
            .as("seed %d, round %d", seed, round)
            .isEqualTo(twin.blocks());
      }
    }
  }

  @Test
  void keepsTheIndexInStepTierByTier() {
    SimulatedCache cache = new SimulatedCache(15, 25, 10, 3);
    PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
    Overlaps overlaps = new Overlaps();
    Random random = new Random(11);
    for (int round = 0; round < ROUNDS; round++) {
      List<KvEvent> events = new ArrayList<>();
      use(cache, Prompts.random(random, MAX_BLOCKS), events);
      events.forEach(event -> index.apply(0, event, 0));

      assertThat(index.digest(0)).as("round %d", round).isEqualTo(cache.digest());
      assertSameOverlaps(cache, index, Prompts.random(random, MAX_BLOCKS), overlaps);
    }
    assertThat(index.counters().unknownRemovals()).isZero();
    assertThat(index.counters().parkedBlocks()).isZero();
    assertThat(index.counters().extraCopies()).isZero();
  }

  @Test
  void tellsTheContentOfAllTiersParentsFirst() {
    SimulatedCache cache = new SimulatedCache(15, 25, 10, 3);
    Random random = new Random(13);
    for (int round = 0; round < 300; round++) {
      use(cache, Prompts.random(random, MAX_BLOCKS), new ArrayList<>());
    }
    PrefixIndex index = new PrefixIndex(new IndexLimits(0, 0));

    cache.content().forEach(event -> assertThat(index.apply(5, event, 0)).isTrue());

    assertThat(cache.offloadedBlocks()).isEqualTo(25 + 10);
    assertThat(index.digest(5)).isEqualTo(cache.digest());
  }

  @Test
  void aBlockThatChangesPlaceIsNeverHeldByNobody() {
    SimulatedCache cache = new SimulatedCache(10, 20, 15, 5);
    Map<Long, Integer> copies = new HashMap<>();
    Random random = new Random(17);
    for (int round = 0; round < ROUNDS; round++) {
      List<KvEvent> events = new ArrayList<>();
      use(cache, Prompts.random(random, MAX_BLOCKS), events);
      List<Long> gone = new ArrayList<>();
      for (KvEvent event : events) {
        switch (event) {
          case KvEvent.Stored stored ->
              Arrays.stream(stored.engineHashes())
                  .forEach(hash -> copies.merge(hash, 1, Integer::sum));
          case KvEvent.Removed removed ->
              Arrays.stream(removed.engineHashes())
                  .filter(hash -> copies.merge(hash, -1, Integer::sum) == 0)
                  .forEach(gone::add);
          case KvEvent.Cleared _ -> copies.clear();
        }
      }

      // What was held by nobody once is still held by nobody at the end, and no block is held
      // twice.
      assertThat(gone).as("round %d", round).allMatch(hash -> copies.getOrDefault(hash, 0) == 0);
      assertThat(copies.values()).as("round %d", round).allMatch(held -> held == 0 || held == 1);
    }
  }

  @Test
  void aBlockThatWasComputedAgainLeavesTheHost() {
    SimulatedCache cache = new SimulatedCache(2, 4, 3, 1);
    Prompt first = Prompts.of(1, 2);
    use(cache, first, new ArrayList<>());
    use(cache, Prompts.of(5, 6), new ArrayList<>());
    List<KvEvent> events = new ArrayList<>();

    cache.reserve(first, events);
    cache.store(first, events);

    assertThat(cache.cachedBlocks(first)).isEqualTo(2);
    assertThat(cache.offloadedBlocks()).isEqualTo(2);
    assertThat(events.getLast()).isInstanceOf(KvEvent.Removed.class);
    assertThat(((KvEvent.Removed) events.getLast()).tier()).isEqualTo(Tier.HOST);
  }

  @Test
  void forgetsAllTiersWhenItIsCleared() {
    SimulatedCache cache = new SimulatedCache(2, 4, 3, 1);
    use(cache, Prompts.of(1, 2), new ArrayList<>());
    use(cache, Prompts.of(5, 6), new ArrayList<>());

    cache.clear(new ArrayList<>());

    assertThat(cache.blocks() + cache.offloadedBlocks()).isZero();
    assertThat(cache.digest()).isZero();
  }

  @Test
  void refusesToFetchWhileAPromptHasItsRoomReserved() {
    SimulatedCache cache = new SimulatedCache(2, 2, 0, 1);
    cache.reserve(Prompts.of(1), new ArrayList<>());

    assertThatThrownBy(() -> cache.fetch(Prompts.of(2), new ArrayList<>()))
        .isInstanceOf(IllegalStateException.class);
  }

  private static void assertSameOverlaps(
      SimulatedCache cache, PrefixIndex index, Prompt asked, Overlaps overlaps) {
    index.match(asked.localHashes(), asked.blocks(), overlaps);
    int onDevice = cache.cachedBlocks(asked);
    assertThat(overlaps.deviceBlocks(0)).isEqualTo(onDevice);
    Fetched behind = cache.offloadedBlocks(asked);
    assertThat(overlaps.blocks(0, Tier.HOST)).isEqualTo(onDevice + behind.hostBlocks());
    assertThat(overlaps.blocks(0, Tier.DISK)).isEqualTo(onDevice + behind.blocks());
  }

  /** Leading blocks found on the device, behind them on the host, and behind those on the disk. */
  private static List<Integer> use(SimulatedCache cache, Prompt prompt, List<KvEvent> events) {
    int onDevice = cache.cachedBlocks(prompt);
    Fetched fetched = cache.fetch(prompt, events);
    assertThat(cache.reserve(prompt, events)).isEqualTo(onDevice + fetched.blocks());
    cache.store(prompt, events);
    return List.of(onDevice, fetched.hostBlocks(), fetched.diskBlocks());
  }

  /**
   * The slow twin: whole prefixes in one list, the most recent first; the first of them lie on the
   * device, the next on the host, the last on the disk.
   */
  private static final class NaiveTiers {
    private final int onDevice;
    private final int onHost;
    private final int onDisk;
    private final List<List<Long>> mostRecentFirst = new ArrayList<>();

    NaiveTiers(int onDevice, int onHost, int onDisk) {
      this.onDevice = onDevice;
      this.onHost = onHost;
      this.onDisk = onDisk;
    }

    int blocks() {
      return mostRecentFirst.size();
    }

    List<Integer> use(Prompt prompt) {
      List<Long> path = Arrays.stream(prompt.localHashes()).limit(onDevice).boxed().toList();
      int device = 0;
      int host = 0;
      int disk = 0;
      for (int length = 1; length <= path.size(); length++) {
        int place = mostRecentFirst.indexOf(path.subList(0, length));
        if (place < 0) {
          break;
        } else if (place < onDevice) {
          device++;
        } else if (place < onDevice + onHost) {
          host++;
        } else {
          disk++;
        }
      }
      for (int length = path.size(); length >= 1; length--) {
        mostRecentFirst.remove(path.subList(0, length));
        mostRecentFirst.addFirst(path.subList(0, length));
      }
      while (mostRecentFirst.size() > onDevice + onHost + onDisk) {
        mostRecentFirst.removeLast();
      }
      return List.of(device, host, disk);
    }
  }
}
