package dev.warmpath.router.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.router.fleet.PrefillQueue.QueuedPrompt;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SlotLoadsTest {
  private static final int SLOTS = 6;
  private static final long SECOND = 1_000_000_000L;

  private final LoadLedger ledger = new LoadLedger(new LedgerLimits(SLOTS, 10_000, 1L << 50), 1);
  private final SlotLoads loads = new SlotLoads();
  private final SlotLessons lessons = new SlotLessons();

  @Test
  void readsWhatTheLedgerSaysSlotBySlot() {
    long seed = 5;
    Random random = new Random(seed);
    List<Long> open = new ArrayList<>();
    int[] slots = IntStream.range(0, SLOTS).map(slot -> SLOTS - 1 - slot).toArray();
    for (int step = 0; step < 20_000; step++) {
      long now = step * SECOND / 50;
      change(random, open, now);
      int count = 1 + random.nextInt(SLOTS);
      long asked = now + random.nextInt(50_000_000);
      ledger.read(slots, count, asked, loads);
      ledger.readLessons(slots, count, lessons);
      PrefillLessons all = PrefillLessons.NONE;
      for (int i = 0; i < count; i++) {
        PrefillLessons one = ledger.prefillLessons(slots[i]);
        all = all.plus(one);
        assertThat(loads.queuedPrefillTokens(i))
            .as("seed %d, step %d", seed, step)
            .isEqualTo(ledger.queuedPrefillTokens(slots[i], asked));
        assertThat(loads.requests(i))
            .as("seed %d, step %d", seed, step)
            .isEqualTo(ledger.activeRequests(slots[i], asked));
        assertThat(loads.generating(i))
            .as("seed %d, step %d", seed, step)
            .isEqualTo(ledger.generating(slots[i]));
        assertThat(loads.activeBlocks(i))
            .as("seed %d, step %d", seed, step)
            .isEqualTo(ledger.activeBlocks(slots[i], asked));
        assertThat(lessons.nanosPerToken(i, 3.5))
            .as("seed %d, step %d", seed, step)
            .isEqualTo(one.nanosPerToken(3.5));
      }
      assertThat(lessons.fixedTokens())
          .as("seed %d, step %d", seed, step)
          .isEqualTo(all.fixedTokens());
    }
  }

  @Test
  void aRequestGeneratesWhereItDecodesFromItsFirstTokenToItsEnd() {
    long pair = ledger.book(new Load(0, 1, 500, 500, 16), 0);
    long single = ledger.book(new Load(0, 0, 500, 3, 16), 0);
    assertGenerating(0, 0);

    ledger.firstToken(pair, 1);
    ledger.progress(pair, 7, 1);
    assertGenerating(0, 1);

    ledger.firstToken(single, 1);
    assertGenerating(1, 1);

    ledger.finish(pair, 1);
    ledger.finish(single, 1);
    assertGenerating(0, 0);
    assertThat(ledger.bookedRequests(0)).isZero();
  }

  @Test
  void onlyWhatThisRouterBookedCountsAsGenerating() {
    long id = ledger.bookOfPeer(new Load(0, 0, 500, 500, 16), new long[0], true, 0);
    ledger.progress(id, 3, 1);
    ledger.report(0, new LoadReport(9, 9, 100, 0, 1), 1);
    ledger.finish(ledger.book(new Load(1, 1, 500, 500, 16), 1), 1);

    assertGenerating(0, 0);
    ledger.finish(id, 2);
    assertGenerating(0, 0);
  }

  private void assertGenerating(long... requests) {
    ledger.read(new int[] {0, 1}, 2, 1, loads);
    for (int i = 0; i < requests.length; i++) {
      assertThat(loads.generating(i)).isEqualTo(requests[i]);
      assertThat(ledger.generating(i)).isEqualTo(requests[i]);
    }
  }

  private void change(Random random, List<Long> open, long now) {
    int slot = random.nextInt(SLOTS);
    switch (random.nextInt(8)) {
      case 0 -> ledger.report(slot, report(random, now), now);
      case 1 -> ledger.releaseSlot(slot, now);
      case 2, 3, 4 -> {
        int tokens = 1 + random.nextInt(500);
        open.add(ledger.book(new Load(slot, random.nextInt(SLOTS), 500, tokens, 16), now));
      }
      default -> {
        if (!open.isEmpty()) {
          long id = open.get(random.nextInt(open.size()));
          if (random.nextBoolean()) {
            ledger.firstToken(id, now);
          } else {
            ledger.finish(id, now);
            open.remove(id);
          }
        }
      }
    }
  }

  private static LoadReport report(Random random, long now) {
    return new LoadReport(
        random.nextInt(15), random.nextInt(5), random.nextInt(300), random.nextInt(3_000), now);
  }

  /** The oldest prompt has drained whenever one looks, so only those behind it are left. */
  @Test
  void whatIsReadOfAQueueBelongsToOneMoment() {
    SlotFigures figures = new SlotFigures(1);
    PrefillQueue queue = new PrefillQueue(figures, 0);
    queue.add(1_000, 0).computed(1_000);
    AtomicBoolean done = new AtomicBoolean();
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(() -> {
          for (int i = 0; i < 300_000; i++) {
            QueuedPrompt oldest = queue.add(100, 1_000);
            QueuedPrompt behind = queue.add(7, 1_000);
            behind.dropped(1_000);
            oldest.dropped(1_000);
          }
          done.set(true);
        });
    loads.start(1);
    while (!done.get() && !writer.isCompletedExceptionally()) {
      if (figures.read(0, SECOND, 0, loads)) {
        assertThat(loads.queuedPrefillTokens(0)).isIn(0L, 7L);
      }
    }
    writer.join();
    assertThat(figures.read(0, SECOND, 0, loads)).isTrue();
    assertThat(loads.queuedPrefillTokens(0)).isZero();
  }
}
