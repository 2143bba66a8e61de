package dev.warmpath.router.replay;

import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Which target has something to do next, and when; at one instant the lowest slot comes first. One
 * thread.
 */
final class VirtualClock {
  private final PriorityQueue<Alarm> alarms = new PriorityQueue<>(Alarm.EARLIEST_FIRST);
  private final long[] armedNanos;

  /** A clock without alarms for slots below {@code slotLimit}. */
  VirtualClock(int slotLimit) {
    armedNanos = new long[slotLimit];
    Arrays.fill(armedNanos, SimulatedTarget.IDLE);
  }

  /** Sets a slot's one alarm; {@link SimulatedTarget#IDLE} for none. */
  void arm(int slot, long atNanos) {
    if (armedNanos[slot] != atNanos) {
      armedNanos[slot] = atNanos;
      if (atNanos != SimulatedTarget.IDLE) {
        alarms.add(new Alarm(atNanos, slot));
      }
    }
  }

  /**
   * Takes the first alarm that is due.
   *
   * @return null when none is due
   */
  @Nullable Alarm takeDue(long nowNanos) {
    for (Alarm first = alarms.peek();
        first != null && first.atNanos() <= nowNanos;
        first = alarms.peek()) {
      alarms.remove();
      if (armedNanos[first.slot()] == first.atNanos()) {
        armedNanos[first.slot()] = SimulatedTarget.IDLE;
        return first;
      }
    }
    return null;
  }

  /** A target's moment. */
  record Alarm(long atNanos, int slot) {
    static final Comparator<Alarm> EARLIEST_FIRST =
        Comparator.comparingLong(Alarm::atNanos).thenComparingInt(Alarm::slot);
  }
}
