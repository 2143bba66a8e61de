package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Target;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How long a block stays in each target's cache: an estimate from the bookings, since engines do
 * not tell when a block was last used. One thread at a time writes; any thread may read.
 */
final class CacheTurnover {
  /*
   * A cache of C blocks that drops the least recently used ones has, as its oldest, what was used
   * when C blocks fewer had been stored. So for each slot the times at which the sum of booked
   * blocks passed each multiple of C / MARKS are kept, in a ring: the oldest block is as old as the
   * mark that is MARKS back.
   */
  private static final int MARKS = 32;

  private @Nullable Marks[] slots = new Marks[0];

  /** A prompt that stores {@code blocks} new blocks was booked on a target. */
  void booked(Target target, int blocks, long nowNanos) {
    long capacityBlocks = target.worker().kvBlocksPerRank();
    if (capacityBlocks > 0) {
      marks(target).add(blocks, capacityBlocks, nowNanos);
    }
  }

  /**
   * The age of the oldest block of a full cache, nanoseconds; {@link Long#MAX_VALUE} while the
   * bookings have not filled it.
   */
  long oldestAgeNanos(Target target, long nowNanos) {
    @Nullable Marks[] all = slots;
    Marks marks = target.slot() < all.length ? all[target.slot()] : null;
    return marks != null && SlotLife.same(marks.target, target)
        ? marks.oldestAgeNanos(nowNanos)
        : Long.MAX_VALUE;
  }

  /** Slots of which bookings are counted, those whose target has left included. */
  int targets() {
    int targets = 0;
    for (Marks marks : slots) {
      targets += marks == null ? 0 : 1;
    }
    return targets;
  }

  private Marks marks(Target target) {
    int slot = target.slot();
    if (slot >= slots.length) {
      slots = Arrays.copyOf(slots, slot + 1);
    }
    Marks marks = slots[slot];
    if (marks == null || !SlotLife.same(marks.target, target)) {
      marks = new Marks(target);
      slots[slot] = marks;
    }
    return marks;
  }

  private static final class Marks {
    private final Target target;
    private final long[] timesNanos = new long[MARKS];
    private long passed;
    private double sinceLast;

    Marks(Target target) {
      this.target = target;
    }

    void add(int blocks, long capacityBlocks, long nowNanos) {
      double step = (double) capacityBlocks / MARKS;
      sinceLast += blocks;
      while (sinceLast >= step) {
        sinceLast -= step;
        timesNanos[(int) (passed % MARKS)] = nowNanos;
        passed++;
      }
    }

    long oldestAgeNanos(long nowNanos) {
      return passed < MARKS
          ? Long.MAX_VALUE
          : Math.max(0, nowNanos - timesNanos[(int) (passed % MARKS)]);
    }
  }
}
