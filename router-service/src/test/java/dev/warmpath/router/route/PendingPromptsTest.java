package dev.warmpath.router.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.fleet.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PendingPromptsTest {
  private final CacheTurnover turnover = new CacheTurnover();
  private final PendingPrompts pending = new PendingPrompts(turnover);
  private final ExpectedBlocks expected = new ExpectedBlocks();

  @Test
  void aSiblingFindsWhatItSharesUntilTheEntryEnds() {
    pending.add(target(3, 1), 7, prompt(1, 2, 3, 4), 4, 0, 100);

    assertThat(blocks(target(3, 1), 99, 1, 2, 3, 9)).isEqualTo(3);
    assertThat(blocks(target(4, 1), 99, 1, 2, 3, 9)).isZero();
    assertThat(blocks(target(3, 1), 100, 1, 2, 3, 9)).isZero();
  }

  @Test
  void anotherLifeOfTheWorkerHoldsNothing() {
    pending.add(target(3, 1), 7, prompt(1, 2), 2, 0, 100);
    assertThat(blocks(target(3, 2), 0, 1, 2)).isZero();
  }

  @Test
  void aPromptBehindWhichMoreIsBookedThanTheCacheHoldsIsExpectedNoLonger() {
    Target target = new Target(Workers.worker("w"), 0, 3);
    turnover.booked(target, 4, 0);
    pending.add(target, 7, prompt(1, 2, 3, 4), 4, 0, 1_000);
    turnover.booked(target, 1_000, 0);
    assertThat(blocks(target, 0, 1, 2, 3, 4)).isEqualTo(4);

    turnover.booked(target, 1_000, 0);
    assertThat(blocks(target, 0, 1, 2, 3, 4)).isZero();
  }

  @Test
  void ofManyWithOneRootThoseThatShareMoreAreFound() {
    pending.add(target(1, 1), 7, prompt(7, 8, 9, 10), 4, 0, 1_000);
    for (int i = 0; i < 1_000; i++) {
      pending.add(target(2, 1), 8 + i, prompt(7, 1_000L + i), 2, 0, 1_000);
    }
    assertThat(blocks(target(1, 1), 0, 7, 8, 9, 10, 11)).isEqualTo(4);
    assertThat(pending.searchesCutShort()).isOne();
  }

  @Test
  void theOldestOfTooManyIsForgotten() {
    pending.add(target(1, 1), 7, prompt(1), 1, 0, 1_000);
    for (int i = 0; i < PendingPrompts.MAX_PROMPTS; i++) {
      pending.add(target(2, 1), 8 + i, prompt(2_000L + i), 1, 0, 1_000);
    }
    assertThat(blocks(target(1, 1), 0, 1)).isZero();
    assertThat(pending.displaced()).isOne();
    assertThat(pending.expected(0)).isEqualTo(PendingPrompts.MAX_PROMPTS);
    assertThat(pending.expected(1_000)).isZero();
  }

  @Test
  void aPromptThatIsNoLongerExpectedIsNotDisplaced() {
    for (int i = 0; i < PendingPrompts.MAX_PROMPTS; i++) {
      pending.add(target(2, 1), 1 + i, prompt(2_000L + i), 1, 0, 1_000);
    }
    pending.forget(1);
    pending.add(target(1, 1), 9_999, prompt(1), 1, 0, 1_000);
    pending.add(target(1, 1), 10_000, prompt(1), 1, 1_000, 2_000);
    assertThat(pending.displaced()).isZero();
  }

  @Test
  void promptsThatAreNoLongerExpectedDoNotHideThoseThatAre() {
    pending.add(target(1, 1), 1, prompt(1, 2), 2, 0, 10_000);
    for (int i = 0; i < 1_000; i++) {
      pending.add(target(2, 1), 2 + i, prompt(1, 2), 2, 0, 1_000);
    }

    assertThat(blocks(target(1, 1), 1_000, 1, 2)).isEqualTo(2);
    assertThat(blocks(target(2, 1), 1_000, 1, 2)).isZero();
    assertThat(pending.searchesCutShort()).isZero();
  }

  @Test
  void aForgottenPromptIsExpectedNowhereAndOthersStay() {
    pending.add(target(3, 1), 7, prompt(1, 2), 2, 0, 100);
    pending.add(target(4, 1), 8, prompt(1, 2, 3), 3, 0, 100);
    pending.forget(8);
    pending.forget(99);

    assertThat(blocks(target(4, 1), 0, 1, 2, 3)).isZero();
    assertThat(blocks(target(3, 1), 0, 1, 2, 3)).isEqualTo(2);
    assertThat(pending.expected(0)).isOne();
  }

  @Test
  void ofALongPromptTheFirstBlocksAreRemembered() {
    long[] prompt = LongStream.rangeClosed(1, PendingPrompts.MAX_BLOCKS + 1).toArray();
    pending.add(target(3, 1), 7, prompt, prompt.length, 0, 100);

    assertThat(blocks(target(3, 1), 0, prompt)).isEqualTo(PendingPrompts.MAX_BLOCKS);
    assertThat(pending.cutShort()).isOne();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void findsWhatComparingWithEveryPromptFinds(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      compareWithTwin(seed, random);
    }
  }

  /** Few enough that all are compared, each at up to five depths. */
  private void compareWithTwin(long seed, Random random) {
    PendingPrompts pending = new PendingPrompts(new CacheTurnover());
    List<Booked> twin = new ArrayList<>();
    for (int now = 0; now < 12; now++) {
      long[] prompt = randomPrompt(random);
      int slot = random.nextInt(8);
      long nowNanos = now;
      twin.removeIf(booked -> booked.untilNanos <= nowNanos);
      pending.match(prompt, prompt.length, now, expected);
      for (int other = 0; other < 8; other++) {
        assertThat(expected.of(target(other, 1)))
            .as("seed %d, step %d, slot %d", seed, now, other)
            .isEqualTo(longest(twin, other, prompt));
      }
      long until = nowNanos + random.nextInt(12);
      pending.add(target(slot, 1), 1 + now, prompt, prompt.length, nowNanos, until);
      twin.add(new Booked(slot, 1 + now, prompt, until));
      if (random.nextInt(4) == 0) {
        long cancelled = 1L + random.nextInt(12);
        pending.forget(cancelled);
        twin.removeIf(booked -> booked.bookingId == cancelled);
      }
    }
  }

  private static int longest(List<Booked> twin, int slot, long[] prompt) {
    int longest = 0;
    for (Booked booked : twin) {
      int shared = 0;
      while (booked.slot == slot
          && shared < Math.min(prompt.length, booked.prompt.length)
          && prompt[shared] == booked.prompt[shared]) {
        shared++;
      }
      longest = Math.max(longest, shared);
    }
    return longest;
  }

  /** Of a small tree, so that many share something. */
  private static long[] randomPrompt(Random random) {
    long[] prompt = new long[1 + random.nextInt(20)];
    Arrays.setAll(prompt, i -> 100L * i + random.nextInt(i < 4 ? 2 : 3));
    return prompt;
  }

  private int blocks(Target target, long nowNanos, long... prompt) {
    pending.match(prompt, prompt.length, nowNanos, expected);
    return expected.of(target);
  }

  private static long[] prompt(long... localHashes) {
    return LongStream.of(localHashes).toArray();
  }

  private static Target target(int slot, long incarnation) {
    return new Target(Worker.aggregated("w" + slot, "w:1", "m", 16, 1, incarnation), 0, slot);
  }

  private record Booked(int slot, long bookingId, long[] prompt, long untilNanos) {}
}
