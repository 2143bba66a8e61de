package dev.warmpath.indexer.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.testing.RandomStreams;
import dev.warmpath.indexer.testing.Step;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link PrefixIndex#stats} against a walk over all runs, and against the heap. */
class IndexFootprintTest {
  private static final int SLOTS = 16;
  private static final int BLOCKS = 40_000;
  private static final int CHAIN = 250;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  void figuresAreThoseOfAWalkOverAllRuns(long seed) {
    PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
    long tables = index.stats().runBytes();
    Set<Integer> slots = new TreeSet<>();
    int steps = 0;
    for (Step step : RandomStreams.steps(seed, 3_000)) {
      switch (step) {
        case Step.Apply(int slot, KvEvent event, long nowNanos) -> {
          index.apply(slot, event, nowNanos);
          slots.add(slot);
        }
        case Step.Release(int slot, long _) -> {
          index.release(slot);
          slots.remove(slot);
        }
        case Step.Expire(int slot, long nowNanos) -> index.tidy(slot, nowNanos);
      }
      if (++steps % 50 == 0) {
        compare(index, slots, "seed %d, step %d".formatted(seed, steps));
      }
    }
    slots.forEach(index::release);
    IndexStats empty = index.stats();
    assertThat(empty.slotTableBytes()).isZero();
    assertThat(empty.sideTableBytes()).isZero();
    assertThat(empty.coverageBytes()).isZero();
    assertThat(empty.runs()).isZero();
    assertThat(empty.blocks()).isZero();
    assertThat(empty.runBytes()).as("only tables are left").isBetween(tables, tables + 20_000);
  }

  private static void compare(PrefixIndex index, Set<Integer> slots, String when) {
    AtomicLong runs = new AtomicLong();
    AtomicLong blocks = new AtomicLong();
    AtomicLong bytes = new AtomicLong();
    AtomicLong coverage = new AtomicLong();
    index.forEachRun(run -> {
      runs.incrementAndGet();
      blocks.addAndGet(run.length());
      bytes.addAndGet(run.bytes());
      coverage.addAndGet(run.coverageBytes());
    });
    IndexStats stats = index.stats();
    assertThat(stats.runs()).as(when).isEqualTo(runs.get());
    assertThat(stats.blocks()).as(when).isEqualTo(blocks.get());
    assertThat(stats.runBytes() - index.tableBytes()).as(when).isEqualTo(bytes.get());
    assertThat(stats.coverageBytes()).as(when).isEqualTo(coverage.get());
    assertThat(stats.targets()).as(when).isEqualTo(slots.size());
    assertThat(stats.memberships())
        .as(when)
        .isEqualTo(slots.stream().mapToLong(index::heldBlocks).sum());
    assertThat(stats.bytes())
        .isEqualTo(
            stats.runBytes()
                + stats.coverageBytes()
                + stats.slotTableBytes()
                + stats.sideTableBytes());
  }

  @Test
  void bytesAreAboutThoseOfTheHeap() {
    long before = usedHeap();
    PrefixIndex index = filled(new Random(1));
    long used = usedHeap() - before;
    IndexStats stats = index.stats();
    assertThat((double) stats.bytes() / used)
        .as("%,d bytes of the heap, %s", used, stats)
        .isCloseTo(1.0, within(0.15));
  }

  /** Shared and private chains with forks and holes, a tenth of the blocks on the host too. */
  private static PrefixIndex filled(Random random) {
    PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
    long[][] shared = new long[200][];
    for (int prompt = 0; prompt < shared.length; prompt++) {
      shared[prompt] = random.longs(CHAIN).toArray();
    }
    for (int slot = 0; slot < SLOTS; slot++) {
      for (int held = 0; held < BLOCKS; held += CHAIN) {
        boolean isShared = random.nextInt(3) == 0;
        long[] local = (isShared ? shared[random.nextInt(shared.length)] : shared[0]).clone();
        int fork = isShared ? CHAIN : random.nextInt(CHAIN);
        for (int i = fork; i < CHAIN; i++) {
          local[i] = random.nextLong();
        }
        long[] engine = random.longs(CHAIN).toArray();
        index.apply(slot, KvEvent.Stored.root(engine, local, Tier.DEVICE), 0);
        if (random.nextInt(10) == 0) {
          index.apply(slot, KvEvent.Stored.root(engine, local, Tier.HOST), 0);
        } else if (random.nextInt(10) == 0) {
          long[] hole = {engine[CHAIN / 2]};
          index.apply(slot, new KvEvent.Removed(hole, Tier.DEVICE), 0);
        }
      }
      long[] waiting = random.longs(1_000).toArray();
      index.apply(slot, KvEvent.Stored.after(7, waiting, waiting, Tier.DEVICE), 0);
    }
    return index;
  }

  private static long usedHeap() {
    Runtime runtime = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 4; round++) {
      System.gc();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }
}
