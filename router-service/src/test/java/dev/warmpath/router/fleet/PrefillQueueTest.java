package dev.warmpath.router.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.router.fleet.PrefillQueue.QueuedPrompt;
import org.junit.jupiter.api.Test;

/** Times in nanoseconds; most targets compute one token in 10. */
class PrefillQueueTest {
  private final PrefillQueue queue = new PrefillQueue(new SlotFigures(1), 0);

  @Test
  void nothingDrainsUntilAPaceIsLearnt() {
    queue.add(100, 0);
    queue.add(50, 10);
    assertRemaining(1_000_000, 150);
  }

  @Test
  void theOldestDrainsAtThePaceOfThoseBeforeIt() {
    learnTenNanosPerToken();
    queue.add(40, 5_000);
    assertRemaining(5_000, 40);
    assertRemaining(5_100, 30);
    assertRemaining(5_399, 1);
    assertRemaining(5_400, 0);
  }

  @Test
  void whatIsBehindTheOldestCountsInFullHoweverLongTheTargetHangs() {
    learnTenNanosPerToken();
    queue.add(40, 5_000);
    queue.add(70, 5_001);
    queue.add(8, 5_002);
    assertRemaining(5_100, 108);
    assertRemaining(5_400, 78);
    assertRemaining(Long.MAX_VALUE, 78);

    queue.add(1_000, 1_000_000);
    assertRemaining(2_000_000, 1_078);
  }

  @Test
  void theNextOldestDrainsFromTheFirstToken() {
    learnTenNanosPerToken();
    QueuedPrompt first = queue.add(40, 5_000);
    queue.add(70, 5_001);
    first.computed(5_400);
    assertRemaining(5_400, 70);
    assertRemaining(5_500, 60);
  }

  @Test
  void anEmptyQueueDrainsFromItsNextBookingAndItsIdlenessTeachesNothing() {
    learnTenNanosPerToken();
    assertRemaining(5_000, 0);
    queue.add(40, 9_000).computed(9_400);
    queue.add(40, 20_000);
    assertRemaining(20_100, 30);
  }

  @Test
  void eachLessonWeighsFivePercentLessWithEachOneAfterIt() {
    queue.add(100, 0).computed(1_000);
    queue.add(100, 2_000).computed(5_000);
    queue.add(1_000, 10_000);
    // (95 + 100) tokens in (950 + 3,000) ns, for 3,950 ns.
    assertRemaining(13_950, 1_000 - 195);
  }

  @Test
  void aFirstTokenOutOfOrderTeachesAndLeavesTheOldestWhereItWas() {
    learnTenNanosPerToken();
    QueuedPrompt oldest = queue.add(40, 5_000);
    QueuedPrompt overtaking = queue.add(30, 5_000);
    overtaking.computed(5_300);
    assertRemaining(5_300, 40);
    assertRemaining(5_500, 20);
    oldest.computed(5_700);
    queue.add(1_000, 6_000);
    assertRemaining(6_100, 990);
  }

  @Test
  void promptsComputedTogetherTeachTheirPaceTogether() {
    QueuedPrompt one = queue.add(50, 0);
    QueuedPrompt other = queue.add(50, 0);
    one.computed(950);
    other.computed(950);
    queue.add(1_000, 5_000);
    // (47.5 + 50) tokens in (902.5 + 0) ns, for 9,025 ns.
    assertRemaining(14_025, 25);
  }

  @Test
  void aPromptThatIsDroppedTeachesNothing() {
    queue.add(100, 0).dropped(10);
    queue.add(50, 20);
    assertRemaining(1_000_000, 50);
  }

  @Test
  void theOneBehindADroppedOldestStartsThen() {
    learnTenNanosPerToken();
    QueuedPrompt oldest = queue.add(40, 5_000);
    QueuedPrompt next = queue.add(70, 5_001);
    oldest.dropped(8_000);
    assertRemaining(8_000, 70);
    assertRemaining(8_100, 60);
    next.computed(8_700);
    queue.add(1_000, 9_000);
    assertRemaining(9_100, 990);
  }

  @Test
  void aDroppedYoungerOneLeavesTheOldestWhereItWas() {
    learnTenNanosPerToken();
    queue.add(40, 5_000);
    queue.add(70, 5_001).dropped(5_200);
    assertRemaining(5_200, 20);
  }

  @Test
  void lessonsWithoutTimeGiveNoPace() {
    queue.add(100, 0).computed(0);
    queue.add(50, 0);
    assertRemaining(1_000_000, 50);
  }

  @Test
  void timeThatFallsBetweenThreadsCountsAsNone() {
    learnTenNanosPerToken();
    QueuedPrompt first = queue.add(40, 5_000);
    queue.add(70, 5_000);
    assertRemaining(4_000, 110);
    first.computed(4_990);
    assertRemaining(5_000, 70);
  }

  @Test
  void timeMayWrap() {
    learnTenNanosPerToken();
    queue.add(40, Long.MAX_VALUE - 49);
    assertRemaining(Long.MIN_VALUE + 50, 30);
  }

  @Test
  void aForgottenPaceIsLearntAnew() {
    learnTenNanosPerToken();
    queue.forgetPace();
    QueuedPrompt first = queue.add(40, 5_000);
    assertRemaining(6_000, 40);
    first.computed(5_800);
    queue.add(40, 9_000);
    assertRemaining(9_100, 35);
  }

  @Test
  void aPromptEndsOnce() {
    QueuedPrompt prompt = queue.add(40, 0);
    queue.add(30, 0);
    prompt.computed(10);
    assertThatThrownBy(() -> prompt.dropped(20)).hasMessage("a prompt of 40 tokens ended twice");
    assertRemaining(0, 30);
  }

  private void learnTenNanosPerToken() {
    queue.add(100, 0).computed(1_000);
  }

  private void assertRemaining(long nowNanos, long tokens) {
    assertThat(queue.remainingTokens(nowNanos)).as("left at %d", nowNanos).isEqualTo(tokens);
  }
}
