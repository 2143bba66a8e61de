package dev.warmpath.router.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

class WaitingQueueTest {
  private final WaitingQueue<String> queue = new WaitingQueue<>();

  @Test
  void greaterPriorityGoesFirstAndEqualsInTheOrderInWhichTheyCame() {
    queue.add("a", 0, 10, 9);
    queue.add("b", 5, 10, 9);
    queue.add("c", 0, 10, 9);
    queue.add("d", -1, 10, 9);
    queue.add("e", 5, 10, 9);
    assertThat(queue.inOrder()).containsExactly("b", "e", "a", "c", "d");
  }

  @Test
  void aFullQueueSendsAwayWhatWouldGoLast() {
    assertThat(queue.add("a", 0, 10, 2)).isNull();
    assertThat(queue.add("b", 1, 10, 2)).isNull();
    assertThat(queue.add("late", 0, 10, 2)).isEqualTo("late");
    assertThat(queue.add("urgent", 2, 10, 2)).isEqualTo("a");
    assertThat(queue.inOrder()).containsExactly("urgent", "b");
  }

  @Test
  void whatHasWaitedLongEnoughIsTakenOut() {
    queue.add("a", 0, 10, 9);
    queue.add("b", 0, 20, 9);
    queue.add("c", 3, 10, 9);
    assertThat(queue.removeOverdue(9)).isEmpty();
    assertThat(queue.removeOverdue(10)).containsExactly("c", "a");
    assertThat(queue.inOrder()).containsExactly("b");
  }

  @Test
  void deadlinesMayLieBeyondTheWrapOfTheClock() {
    queue.add("a", 0, Long.MAX_VALUE + 5, 9);
    assertThat(queue.removeOverdue(Long.MAX_VALUE)).isEmpty();
    assertThat(queue.removeOverdue(Long.MIN_VALUE + 4)).containsExactly("a");
  }

  @Test
  void whatIsTakenOutIsNotInAnyMore() {
    queue.add("a", 0, 10, 9);
    assertThat(queue.remove("a")).isTrue();
    assertThat(queue.remove("a")).isFalse();
    assertThat(queue.size()).isZero();
  }

  @Test
  void limitsBelowZeroAreRefused() {
    assertThatThrownBy(() -> new WaitingLimits(-1, 0)).hasMessageContaining("-1");
  }

  @Test
  void anySequenceLeavesWhatASortedListLeaves() {
    long seed = Long.getLong("tests.seed", ThreadLocalRandom.current().nextLong());
    SplittableRandom random = new SplittableRandom(seed);
    List<Entry> twin = new ArrayList<>();
    for (int now = 0; now < 3_000; now++) {
      switch (random.nextInt(6)) {
        case 0 -> {
          int at = now;
          queue.removeOverdue(now);
          twin.removeIf(entry -> entry.deadline <= at);
        }
        case 1 -> {
          if (!twin.isEmpty()) {
            queue.remove(twin.remove(random.nextInt(twin.size())).name);
          }
        }
        default -> {
          Entry entry = new Entry("r" + now, random.nextInt(-2, 3), now + random.nextInt(50));
          queue.add(entry.name, entry.priority, entry.deadline, 20);
          twin.add(entry);
          twin.sort(Comparator.comparingInt(one -> -one.priority));
          if (twin.size() > 20) {
            twin.removeLast();
          }
        }
      }
      assertThat(queue.inOrder())
          .as("tests.seed=%d", seed)
          .isEqualTo(twin.stream().map(Entry::name).toList());
    }
  }

  private record Entry(String name, int priority, long deadline) {}
}
