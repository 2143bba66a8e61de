package dev.warmpath.indexer.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.testing.RandomStreams;
import dev.warmpath.indexer.testing.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class PrefixIndexConcurrencyTest {
  private static final int STEADY_SLOT = 300;
  private static final int DEPTH = 12;
  private static final int STREAMS = Boolean.getBoolean("warmpath.long") ? 2_000 : 40;
  private static final int STEPS = 2_000;

  /** Over the prompts of the random streams, so that other slots churn on the same nodes. */
  @Test
  void steadySlotKeepsItsOverlapWhileOthersChurn() throws Exception {
    PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
    long[] prompt = new long[DEPTH + 4];
    Arrays.fill(prompt, 1L);
    long[] names = new long[DEPTH];
    Arrays.setAll(names, i -> 1_000L + i);
    index.apply(
        STEADY_SLOT, KvEvent.Stored.root(names, Arrays.copyOf(prompt, DEPTH), Tier.HOST), 0L);

    AtomicBoolean done = new AtomicBoolean();
    try (ExecutorService readers = Executors.newFixedThreadPool(2)) {
      List<Future<Long>> matches = new ArrayList<>();
      for (int reader = 0; reader < 2; reader++) {
        matches.add(readers.submit(() -> matchUntil(done, index, prompt)));
      }
      try {
        churn(index);
      } finally {
        done.set(true);
      }
      for (Future<Long> match : matches) {
        assertThat(match.get(10, TimeUnit.SECONDS)).isPositive();
      }
    }
  }

  private static long matchUntil(AtomicBoolean done, PrefixIndex index, long[] prompt) {
    Overlaps overlaps = new Overlaps();
    long matches = 0;
    do {
      index.match(prompt, prompt.length, overlaps);
      assertThat(overlaps.blocks(STEADY_SLOT, Tier.DEVICE)).isZero();
      assertThat(overlaps.blocks(STEADY_SLOT, Tier.HOST)).isEqualTo(DEPTH);
      for (int slot = 0; slot < overlaps.slotLimit(); slot++) {
        int faster = 0;
        for (Tier tier : Tier.values()) {
          assertThat(overlaps.blocks(slot, tier)).isGreaterThanOrEqualTo(faster);
          faster = overlaps.blocks(slot, tier);
        }
      }
      matches++;
    } while (!done.get());
    return matches;
  }

  private static void churn(PrefixIndex index) {
    for (long seed = 0; seed < STREAMS; seed++) {
      for (Step step : RandomStreams.steps(seed, STEPS)) {
        switch (step) {
          case Step.Apply(int slot, KvEvent event, long nowNanos) ->
              index.apply(slot, event, nowNanos);
          case Step.Release(int slot, long _) -> index.release(slot);
          case Step.Expire(int slot, long nowNanos) -> index.tidy(slot, nowNanos);
        }
      }
    }
  }
}
