package dev.warmpath.indexer.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How the index lays out chains in runs: how many there are, and that chains of hundreds of blocks
 * and slots beyond the first 64 are told as {@link PlainPrefixIndex} tells them. Block {@code b}
 * has local hash {@code b} and, on slot {@code s}, engine hash {@code b * 1000 + s}.
 */
class PrefixIndexRunsTest {
  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);

  @Test
  void chainIsOneRunHoweverItIsStored() {
    store(0, 1, 300, 1);
    store(70, 1, 300, 300);
    assertThat(index.runCount()).isOne();
    remove(0, descending(1, 300));
    remove(70, blocks(1, 300));
    assertThat(index.runCount()).isZero();
    assertThat(index.nodeCount()).isZero();
  }

  @Test
  void forkIsOneRunMore() {
    store(0, 1, 100, 64);
    for (int fork = 0; fork < 20; fork++) {
      int first = 1_000 * (fork + 1);
      apply(1 + fork, KvEvent.Stored.root(names(1 + fork, 1, 50), blocks(1, 50), Tier.DEVICE));
      apply(
          1 + fork,
          KvEvent.Stored.after(
              name(1 + fork, 50),
              names(1 + fork, first, first + 9),
              blocks(first, first + 9),
              Tier.DEVICE));
    }
    assertThat(index.runCount()).isEqualTo(21);
    assertThat(index.nodeCount()).isEqualTo(100 + 20 * 10);
    for (int fork = 0; fork < 20; fork++) {
      index.release(1 + fork);
    }
    assertThat(index.runCount()).isOne();
    assertThat(index.nodeCount()).isEqualTo(100);
  }

  @Test
  void holesSplitNothing() {
    Random random = new Random(1);
    for (int slot = 0; slot < 80; slot++) {
      store(slot, 1, 200, 64);
    }
    for (int round = 0; round < 5_000; round++) {
      int slot = random.nextInt(80);
      int block = 2 + random.nextInt(198);
      remove(slot, new long[] {block});
      store(slot, block, block, 1);
      assertThat(index.runCount()).isOne();
    }
    assertThat(overlap(blocks(1, 200), 79)).isEqualTo(200);
    for (int slot = 0; slot < 80; slot++) {
      List<Long> all = new ArrayList<>(Arrays.stream(blocks(1, 200)).boxed().toList());
      Collections.shuffle(all, random);
      remove(slot, all.stream().mapToLong(block -> block).toArray());
    }
    assertThat(index.runCount()).isZero();
  }

  @Test
  void prefixOfAnEvictedPromptTakesInTheNextOne() {
    store(0, 1, 40, 64);
    for (int round = 1; round < 50; round++) {
      remove(0, descending(5, 40));
      apply(
          0,
          KvEvent.Stored.after(
              name(0, 4),
              names(0, 5, 40),
              blocks(10_000 * round + 5, 10_000 * round + 40),
              Tier.DEVICE));
      assertThat(index.runCount()).isOne();
      assertThat(overlap(blocks(1, 40), 0)).isEqualTo(4);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void longChainsAreToldAsThePlainIndexTellsThem(long seed) {
    new Twins(seed).run(1_500);
  }

  private void store(int slot, int first, int last, int eventBlocks) {
    for (int from = first; from <= last; from += eventBlocks) {
      int to = Math.min(last, from + eventBlocks - 1);
      apply(
          slot,
          from == 1
              ? KvEvent.Stored.root(names(slot, from, to), blocks(from, to), Tier.DEVICE)
              : KvEvent.Stored.after(
                  name(slot, from - 1), names(slot, from, to), blocks(from, to), Tier.DEVICE));
    }
  }

  private void remove(int slot, long[] blocks) {
    long[] names = Arrays.stream(blocks).map(block -> name(slot, block)).toArray();
    apply(slot, new KvEvent.Removed(names, Tier.DEVICE));
  }

  private void apply(int slot, KvEvent event) {
    index.apply(slot, event, 0L);
  }

  private int overlap(long[] prompt, int slot) {
    Overlaps overlaps = new Overlaps();
    index.match(prompt, prompt.length, overlaps);
    return overlaps.deviceBlocks(slot);
  }

  private static long name(int slot, long block) {
    return block * 1_000 + slot;
  }

  private static long[] names(int slot, int first, int last) {
    return Arrays.stream(blocks(first, last)).map(block -> name(slot, block)).toArray();
  }

  private static long[] blocks(int first, int last) {
    long[] blocks = new long[last - first + 1];
    Arrays.setAll(blocks, i -> first + i);
    return blocks;
  }

  private static long[] descending(int first, int last) {
    long[] blocks = new long[last - first + 1];
    Arrays.setAll(blocks, i -> last - i);
    return blocks;
  }

  /** Both indexes under one stream of prompts that share prefixes, and evictions of all kinds. */
  private static final class Twins {
    private static final int[] SLOTS = {0, 1, 5, 63, 64, 100, 129};

    private final long seed;
    private final Random random;
    private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
    private final PlainPrefixIndex plain = new PlainPrefixIndex(IndexLimits.DEFAULT);
    private final Overlaps overlaps = new Overlaps();
    private final PlainOverlaps plainOverlaps = new PlainOverlaps();
    private final List<long[]> prompts = new ArrayList<>();
    private final int slowTierPercent;

    Twins(long seed) {
      this.seed = seed;
      random = new Random(seed);
      slowTierPercent = seed % 2 == 0 ? 10 : 0;
    }

    void run(int steps) {
      for (int step = 0; step < steps; step++) {
        int slot = SLOTS[random.nextInt(SLOTS.length)];
        int dice = random.nextInt(100);
        if (dice < 1) {
          index.release(slot);
          plain.release(slot);
        } else if (dice < 50 || prompts.isEmpty()) {
          store(slot);
        } else {
          evict(slot);
        }
        if (step % 10 == 0) {
          compare(step);
        }
      }
    }

    private void store(int slot) {
      long[] prompt = prompts.isEmpty() || random.nextInt(3) == 0 ? newPrompt() : anyPrompt();
      Tier tier = random.nextInt(100) < slowTierPercent ? Tier.HOST : Tier.DEVICE;
      int eventBlocks = 1 + random.nextInt(100);
      for (int from = 0; from < prompt.length; from += eventBlocks) {
        int to = Math.min(prompt.length, from + eventBlocks);
        long[] names = names(prompt, from, to);
        long[] local = Arrays.copyOfRange(prompt, from, to);
        apply(
            slot,
            from == 0
                ? KvEvent.Stored.root(names, local, tier)
                : KvEvent.Stored.after(names(prompt, from - 1, from)[0], names, local, tier));
      }
    }

    /** The engine's names: of the whole prefix, so that one prefix has one name. */
    private static long[] names(long[] prompt, int from, int to) {
      long[] names = new long[to];
      long name = 7;
      for (int i = 0; i < to; i++) {
        name = (name ^ prompt[i]) * 0x9E3779B97F4A7C15L;
        name ^= name >>> 29;
        names[i] = name;
      }
      return Arrays.copyOfRange(names, from, to);
    }

    private long[] newPrompt() {
      long[] shared = prompts.isEmpty() ? new long[0] : anyPrompt();
      int kept = shared.length == 0 ? 0 : random.nextInt(shared.length + 1);
      long[] prompt = Arrays.copyOf(shared, Math.max(1, kept + random.nextInt(300 - kept)));
      for (int i = kept; i < prompt.length; i++) {
        prompt[i] = random.nextLong();
      }
      if (prompts.size() < 12) {
        prompts.add(prompt);
      } else {
        prompts.set(random.nextInt(12), prompt);
      }
      return prompt;
    }

    private long[] anyPrompt() {
      return prompts.get(random.nextInt(prompts.size()));
    }

    private void evict(int slot) {
      long[] prompt = anyPrompt();
      int from = random.nextInt(prompt.length);
      int to = from + 1 + random.nextInt(prompt.length - from);
      long[] names = names(prompt, from, random.nextBoolean() ? prompt.length : to);
      int order = random.nextInt(3);
      for (int i = 0; i < names.length && order > 0; i++) {
        int other = order == 1 ? names.length - 1 - i : random.nextInt(names.length);
        if (order == 2 || i < other) {
          long swapped = names[i];
          names[i] = names[other];
          names[other] = swapped;
        }
      }
      apply(slot, new KvEvent.Removed(names, Tier.DEVICE));
      if (slowTierPercent > 0) {
        apply(slot, new KvEvent.Removed(names, Tier.HOST));
      }
    }

    private void apply(int slot, KvEvent event) {
      index.apply(slot, event, 0L);
      plain.apply(slot, event, 0L);
    }

    private void compare(int step) {
      String where = "seed %d, step %d".formatted(seed, step);
      assertThat(index.nodeCount()).as(where).isEqualTo(plain.nodeCount());
      for (int slot : SLOTS) {
        assertThat(index.digest(slot)).as(where).isEqualTo(plain.digest(slot));
        assertThat(index.heldBlocks(slot)).as(where).isEqualTo(plain.heldBlocks(slot));
      }
      for (long[] prompt : prompts) {
        int count = random.nextBoolean() ? prompt.length : 1 + random.nextInt(prompt.length);
        index.match(prompt, count, overlaps);
        plain.match(prompt, count, plainOverlaps);
        for (int slot : SLOTS) {
          for (Tier tier : Tier.values()) {
            assertThat(overlaps.blocks(slot, tier))
                .as(where)
                .isEqualTo(plainOverlaps.blocks(slot, tier));
          }
        }
      }
    }
  }
}
