package dev.warmpath.indexer.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/**
 * Readers while one writer changes the runs under their feet: no match says what was true at no
 * time during the match. Each slot does one thing over and over, so that its bounds are known.
 */
class PrefixIndexStressTest {
  private static final long SEED = Long.getLong("warmpath.seed", 1L);
  private static final long RUN_NANOS =
      TimeUnit.SECONDS.toNanos(Boolean.getBoolean("warmpath.long") ? 120 : 3);
  private static final int DEPTH = 200;
  private static final int ALIKE = 1_200;
  private static final int SIDES = 2_200;

  /** Holds the whole prompt all the time. */
  private static final int STEADY = 0;

  /** Holds between 30 and 60 leading blocks, and goes up and down at the tail. */
  private static final int BREATHING = 1;

  /** As {@link #BREATHING}, in another word of the bitsets. */
  private static final int BREATHING_FAR = 70;

  /** Holds all of the prompt or what is before a hole at block 100. */
  private static final int HOLED = 2;

  /** Holds other prompts alone. */
  private static final int STRANGER = 3;

  /**
   * Holds one of two chains, or what is alike at their beginning; alone. Both are {@link #SIDES}
   * long and differ at block {@link #ALIKE} and in the last: who compares half with the one and
   * half with the other finds a chain that nobody ever held.
   */
  private static final int TURNCOAT = 4;

  /** Holds 20 leading blocks and one of many forks behind them. */
  private static final int FORKING = 5;

  /** Holds any leading part, is released, and holds again. */
  private static final int REUSED = 6;

  /** Holds no block, ever. */
  private static final int EMPTY = 7;

  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final long[] prompt = chain(1, DEPTH);
  private final long[] oneSide = side(5_001, 5_002);
  private final long[] otherSide = side(6_001, 6_002);
  private final long[] neitherSide = side(5_001, 6_002);
  private final Random random = new Random(SEED);

  @Test
  void matchSaysNothingThatWasNeverTrue() throws Exception {
    store(STEADY, prompt, 0, DEPTH);
    store(BREATHING, prompt, 0, 30);
    store(BREATHING_FAR, prompt, 0, 30);
    store(HOLED, prompt, 0, DEPTH);
    store(FORKING, prompt, 0, 20);
    store(TURNCOAT, oneSide, 0, SIDES);
    AtomicBoolean done = new AtomicBoolean();
    try (ExecutorService readers = Executors.newFixedThreadPool(2)) {
      List<Future<Long>> matches = new ArrayList<>();
      for (int reader = 0; reader < 2; reader++) {
        Random choice = new Random(SEED + 1 + reader);
        matches.add(readers.submit(() -> matchUntil(done, choice)));
      }
      try {
        long end = System.nanoTime() + RUN_NANOS;
        while (System.nanoTime() - end < 0 && matches.stream().noneMatch(Future::isDone)) {
          change();
        }
      } finally {
        done.set(true);
      }
      for (Future<Long> match : matches) {
        assertThat(match.get(10, TimeUnit.SECONDS)).isPositive();
      }
    }
  }

  private void change() {
    breathe(BREATHING);
    breathe(BREATHING_FAR);
    remove(HOLED, prompt, 100, 101);
    turn(oneSide, otherSide);
    fork();
    store(HOLED, prompt, 100, 101);
    stranger();
    turn(otherSide, oneSide);
    reuse();
  }

  private void breathe(int slot) {
    int depth = 31 + random.nextInt(30);
    store(slot, prompt, 30, depth);
    remove(slot, prompt, 30, depth);
  }

  /** In steps of random lengths, from the tail: the run grows again over what it has lost. */
  private void turn(long[] from, long[] to) {
    int middle = ALIKE + 1 + random.nextInt(SIDES - ALIKE - 1);
    remove(TURNCOAT, from, middle, SIDES);
    remove(TURNCOAT, from, ALIKE, middle);
    middle = ALIKE + 1 + random.nextInt(SIDES - ALIKE - 1);
    store(TURNCOAT, to, ALIKE, middle);
    store(TURNCOAT, to, middle, SIDES);
  }

  private void fork() {
    long[] fork = join(Arrays.copyOf(prompt, 20), chain(10_000 + random.nextInt(100_000), 30));
    store(FORKING, fork, 20, 50);
    remove(FORKING, fork, 20, 50);
  }

  private void stranger() {
    long[] other = chain(200_000 + random.nextInt(1_000), 5);
    store(STRANGER, other, 0, 5);
    if (random.nextBoolean()) {
      index.apply(STRANGER, new KvEvent.Cleared(), 0L);
    }
  }

  private void reuse() {
    store(REUSED, prompt, 0, 1 + random.nextInt(DEPTH));
    index.release(REUSED);
    long[] others = chain(300_000, 1 + random.nextInt(50));
    store(REUSED, others, 0, others.length);
    index.release(REUSED);
  }

  private long matchUntil(AtomicBoolean done, Random choice) {
    Overlaps overlaps = new Overlaps();
    long matches = 0;
    do {
      checkPrompt(overlaps);
      checkSides(overlaps);
      checkFork(overlaps, choice);
      matches++;
    } while (!done.get());
    return matches;
  }

  private void checkPrompt(Overlaps overlaps) {
    index.match(prompt, DEPTH, overlaps);
    assertThat(overlaps.deviceBlocks(STEADY)).isEqualTo(DEPTH);
    assertThat(overlaps.deviceBlocks(BREATHING)).isBetween(30, 60);
    assertThat(overlaps.deviceBlocks(BREATHING_FAR)).isBetween(30, 60);
    assertThat(overlaps.deviceBlocks(HOLED)).isIn(100, DEPTH);
    assertThat(overlaps.deviceBlocks(FORKING)).isEqualTo(20);
    assertThat(overlaps.deviceBlocks(STRANGER)).isZero();
    assertThat(overlaps.deviceBlocks(TURNCOAT)).isZero();
    assertThat(overlaps.deviceBlocks(EMPTY)).isZero();
  }

  private void checkSides(Overlaps overlaps) {
    index.match(neitherSide, neitherSide.length, overlaps);
    assertThat(overlaps.deviceBlocks(TURNCOAT)).isBetween(ALIKE, SIDES - 1);
    index.match(oneSide, oneSide.length, overlaps);
    assertThat(overlaps.deviceBlocks(TURNCOAT)).isBetween(ALIKE, SIDES);
    for (int slot : List.of(STEADY, BREATHING, BREATHING_FAR, FORKING, EMPTY)) {
      assertThat(overlaps.deviceBlocks(slot)).isZero();
    }
  }

  private void checkFork(Overlaps overlaps, Random choice) {
    int shared = 1 + choice.nextInt(DEPTH);
    long[] fork = join(Arrays.copyOf(prompt, shared), chain(400_000, 3));
    index.match(fork, fork.length, overlaps);
    assertThat(overlaps.deviceBlocks(STEADY)).isEqualTo(shared);
    assertThat(overlaps.deviceBlocks(BREATHING)).isBetween(Math.min(30, shared), shared);
    assertThat(overlaps.deviceBlocks(FORKING)).isEqualTo(Math.min(20, shared));
    assertThat(overlaps.deviceBlocks(REUSED)).isLessThanOrEqualTo(shared);
  }

  private void store(int slot, long[] chain, int from, int to) {
    if (from < to) {
      long[] names = Arrays.copyOfRange(chain, from, to);
      index.apply(
          slot,
          from == 0
              ? KvEvent.Stored.root(names, names, Tier.DEVICE)
              : KvEvent.Stored.after(chain[from - 1], names, names, Tier.DEVICE),
          0L);
    }
  }

  /** From the tail. */
  private void remove(int slot, long[] chain, int from, int to) {
    if (from < to) {
      long[] names = new long[to - from];
      Arrays.setAll(names, i -> chain[to - 1 - i]);
      index.apply(slot, new KvEvent.Removed(names, Tier.DEVICE), 0L);
    }
  }

  private static long[] chain(long first, int length) {
    long[] chain = new long[length];
    Arrays.setAll(chain, i -> first + i);
    return chain;
  }

  private static long[] side(long block, long last) {
    long[] side = chain(1_001, SIDES);
    side[ALIKE] = block;
    side[SIDES - 1] = last;
    return side;
  }

  private static long[] join(long[] head, long[] tail) {
    long[] joined = Arrays.copyOf(head, head.length + tail.length);
    System.arraycopy(tail, 0, joined, head.length, tail.length);
    return joined;
  }
}
