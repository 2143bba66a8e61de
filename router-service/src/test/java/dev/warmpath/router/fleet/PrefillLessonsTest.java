package dev.warmpath.router.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PrefillLessonsTest {
  private static final double NANOS_A_TOKEN = 13_000;
  private static final double FIXED_NANOS = 16_500_000;

  @Test
  void theFixedTimeOfAPromptIsToldFromThatOfItsTokens() {
    SplittableRandom random = new SplittableRandom(1);
    PrefillLessons lessons = PrefillLessons.NONE;
    for (int i = 0; i < 100; i++) {
      lessons = after(lessons, random.nextInt(1, 20_000), 1);
    }
    assertThat(lessons.fixedTokens()).isCloseTo(FIXED_NANOS / NANOS_A_TOKEN, within(0.1));
    assertThat(lessons.nanosPerToken(lessons.fixedTokens())).isCloseTo(NANOS_A_TOKEN, within(1.0));
  }

  @Test
  void whoHoldsMostOfItsPromptsDoesNotLookSlow() {
    PrefillLessons warm = PrefillLessons.NONE;
    PrefillLessons cold = PrefillLessons.NONE;
    for (int i = 0; i < 50; i++) {
      warm = after(warm, 16 + i, 1);
      cold = after(cold, 10_000 + 100 * i, 1);
    }
    double fixed = warm.plus(cold).fixedTokens();
    assertThat(warm.nanosPerToken(0)).isGreaterThan(10 * cold.nanosPerToken(0));
    assertThat(warm.nanosPerToken(fixed) / cold.nanosPerToken(fixed)).isCloseTo(1, within(0.01));
  }

  @Test
  void whoIsSlowLooksSlow() {
    SplittableRandom random = new SplittableRandom(2);
    PrefillLessons slow = PrefillLessons.NONE;
    PrefillLessons fast = PrefillLessons.NONE;
    for (int i = 0; i < 100; i++) {
      slow = after(slow, random.nextInt(1, 20_000), 2);
      fast = after(fast, random.nextInt(1, 20_000), 1);
    }
    double fixed = slow.plus(fast).fixedTokens();
    assertThat(slow.nanosPerToken(fixed) / fast.nanosPerToken(fixed)).isCloseTo(2, within(0.1));
  }

  @Test
  void withoutAFixedTimeThePaceIsTimeOverTokens() {
    PrefillLessons lessons = PrefillLessons.NONE;
    for (int tokens = 100; tokens < 5_000; tokens += 100) {
      lessons = lessons.and(tokens, 1_000L * tokens);
    }
    assertThat(lessons.fixedTokens()).isCloseTo(0, within(1e-6));
    assertThat(lessons.nanosPerToken(0)).isCloseTo(1_000, within(1e-6));
  }

  @Test
  void promptsOfOneLengthTeachNothingOfTheFixedTime() {
    PrefillLessons lessons = PrefillLessons.NONE;
    for (int i = 0; i < 100; i++) {
      lessons = after(lessons, 300, 1);
    }
    assertThat(lessons.fixedTokens()).isZero();
  }

  @Test
  void whereLongPromptsTakeNoLongerTheFixedTimeHasABound() {
    PrefillLessons lessons = PrefillLessons.NONE;
    for (int i = 0; i < 100; i++) {
      lessons = lessons.and(i % 2 == 0 ? 10 : 1_000, 1_000_000);
    }
    double meanTokens = lessons.tokens() / lessons.prompts();
    assertThat(lessons.fixedTokens()).isCloseTo(4 * meanTokens, within(1e-6));
  }

  @Test
  void beforeTheFirstPromptNothingIsKnown() {
    assertThat(PrefillLessons.NONE.fixedTokens()).isZero();
    assertThat(PrefillLessons.NONE.nanosPerToken(0)).isZero();
  }

  private static PrefillLessons after(PrefillLessons lessons, int tokens, int slowness) {
    return lessons.and(tokens, Math.round(slowness * (FIXED_NANOS + NANOS_A_TOKEN * tokens)));
  }
}
