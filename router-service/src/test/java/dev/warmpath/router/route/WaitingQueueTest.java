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
  void thoseBehindOneThatIsTriedInVainAreTriedToo() {
    for (String name : List.of("a", "b", "c", "d", "e")) {
      queue.add(name, 0, 10, 9);
    }
    List<String> tried = new ArrayList<>();
    queue.serve(name -> tried.add(name) && name.equals("b"), 3);
    assertThat(tried).containsExactly("a", "b", "c", "d");
    assertThat(queue.inOrder()).containsExactly("a", "c", "d", "e");
  }

  @Test
  void whatIsTakenOutIsNotInAnyMore() {
    queue.add("a", 0, 10, 9);
    assertThat(queue.remove("a")).isTrue();
    assertThat(queue.remove("a")).isFalse();
    assertThat(queue.size()).isZero();
  }

  @Test
  void limitsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new WaitingLimits(-1, 0))
        .hasMessage("max_requests must be 0 to 100000: -1");
    assertThatThrownBy(() -> new WaitingLimits(1, WaitingLimits.MAX_WAIT.toNanos() + 1_000_000))
        .hasMessage("max_wait_ms must be 0 to 600000: 600001");
  }

  @Test
  void anySequenceLeavesWhatASortedListLeaves() {
    long seed = Long.getLong("tests.seed", ThreadLocalRandom.current().nextLong());
    SplittableRandom random = new SplittableRandom(seed);
    List<Entry> twin = new ArrayList<>();
    long start = Long.MAX_VALUE - 1_500;
    for (long now = start; now - start < 3_000; now++) {
      switch (random.nextInt(7)) {
        case 0 -> {
          long at = now;
          List<String> overdue =
              twin.stream().filter(entry -> entry.deadline - at <= 0).map(Entry::name).toList();
          assertThat(queue.removeOverdue(now)).as("tests.seed=%d", seed).isEqualTo(overdue);
          twin.removeIf(entry -> entry.deadline - at <= 0);
        }
        case 1 -> {
          if (!twin.isEmpty()) {
            queue.remove(twin.remove(random.nextInt(twin.size())).name);
          }
        }
        case 2 -> {
          int placed = random.nextInt(3);
          queue.serve(name -> twin.indexOf(named(twin, name)) < placed, 1);
          twin.subList(0, Math.min(placed, twin.size())).clear();
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

  private static Entry named(List<Entry> entries, String name) {
    return entries.stream().filter(entry -> entry.name.equals(name)).findFirst().orElseThrow();
  }

  private record Entry(String name, int priority, long deadline) {}
}
