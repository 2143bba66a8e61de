package dev.warmpath.router.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/** Whatever order reports, losses and expiry come in: in the end nothing is left. */
class LoadLedgerPropertyTest {
  private static final int SLOTS = 6;
  private static final int THREADS = 4;
  private static final int STEPS = 20_000;
  private static final long EXPIRY = 50;

  private final LoadLedger ledger = new LoadLedger(new LedgerLimits(SLOTS, 5_000, EXPIRY), 1);

  @Test
  void everyLifecycleEndsAtZero() throws Exception {
    long seed = Long.getLong("tests.seed", ThreadLocalRandom.current().nextLong());
    SplittableRandom root = new SplittableRandom(seed);
    try (var threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<?>> lives = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        SplittableRandom random = root.split();
        lives.add(threads.submit(() -> live(random)));
      }
      for (Future<?> life : lives) {
        life.get();
      }
    } catch (ExecutionException e) {
      throw new AssertionError("tests.seed=" + seed, e);
    }
    ledger.expire(STEPS + EXPIRY);
    assertNothingLeft(seed);
  }

  private void live(SplittableRandom random) {
    List<Long> ids = new ArrayList<>();
    for (int now = 0; now < STEPS; now++) {
      if (ids.isEmpty() || random.nextInt(3) == 0) {
        ids.add(book(random, now));
        continue;
      }
      assertThat(ledger.queuedPrefillTokens(random.nextInt(SLOTS), now)).isNotNegative();
      int which = random.nextInt(ids.size());
      long id = ids.get(which);
      switch (random.nextInt(20)) {
        case 0, 1, 2 -> ledger.firstToken(id, now);
        case 3, 4, 5, 6 -> ledger.progress(id, random.nextInt(1, 500), now);
        case 7 -> ledger.touch(id, now);
        case 8 -> ledger.finish(id + 1, now);
        case 9 -> ledger.expire(now);
        case 10 -> ledger.releaseSlot(random.nextInt(SLOTS), now);
        case 11 -> ids.remove(which);
        default -> {
          ledger.finish(id, now);
          if (random.nextBoolean()) {
            ledger.finish(id, now);
            ids.remove(which);
          }
        }
      }
    }
  }

  /** Prompts over few hashes, so that they fork everywhere. */
  private long book(SplittableRandom random, long now) {
    Load load = load(random);
    int blocks = random.nextInt(load.promptTokens() / 16 + 1);
    long[] hashes = random.longs(blocks, 0, 3).toArray();
    return ledger.book(load, hashes, blocks, now);
  }

  private static Load load(SplittableRandom random) {
    int tokens = random.nextInt(1, 3_000);
    int decode = random.nextInt(SLOTS);
    int prefill = random.nextBoolean() ? decode : random.nextInt(SLOTS);
    return new Load(prefill, decode, tokens, random.nextInt(tokens) + 1, 16, random.nextInt(600));
  }

  private void assertNothingLeft(long seed) {
    assertThat(ledger.openBookings()).as("tests.seed=%d", seed).isZero();
    for (int slot = 0; slot < SLOTS; slot++) {
      assertThat(
              List.of(
                  ledger.queuedPrefillTokens(slot, STEPS),
                  ledger.bookedBlocks(slot),
                  ledger.growthBlocks(slot),
                  (long) ledger.activePrompts(slot),
                  ledger.bookedRequests(slot),
                  ledger.generating(slot),
                  ledger.bookedTokens(slot)))
          .as("slot %d, tests.seed=%d", slot, seed)
          .containsOnly(0L);
    }
  }
}
