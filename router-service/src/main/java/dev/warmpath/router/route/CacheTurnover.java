package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Target;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How long a block stays in each target's cache, in time and in blocks stored after it: an estimate
 * from the bookings, since engines do not tell when a block was last used. One thread at a time
 * writes; any thread may read.
 */
final class CacheTurnover {
  /*
   * A cache of C blocks that drops the least recently used ones has, as its oldest, what was used
   * when C blocks fewer had been stored. So for each slot the times at which the sum of booked
   * blocks passed each multiple of C / MARKS are kept, in a ring: the oldest block is as old as the
   * mark that is MARKS back.
   *
   * The sum itself is the cache's own clock: what was used at one reading is gone about C blocks
   * later. KEPT is a little more than that, since some prompts find what they were not expected to.
   * Of blocks that the index has, it is not known when they were used, but they are asked for now:
   * more likely lately than long ago. So all of them stay for the first half of a turn of the cache,
   * ever fewer in the second.
   */
  private static final int MARKS = 32;

  private static final double KEPT = 1.25;
  private static final double ALL_KEPT = 0.5;

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
    Marks marks = marksOf(target);
    return marks == null ? Long.MAX_VALUE : marks.oldestAgeNanos(nowNanos);
  }

  /** Blocks that the bookings have a target store, ever; 0 when its capacity is not known. */
  double storedBlocks(Target target) {
    Marks marks = marksOf(target);
    return marks == null ? 0 : marks.stored;
  }

  /**
   * Whether a target will have what it used last at a reading of {@link #storedBlocks} when all
   * that is booked there now is computed. Always, when its capacity is not known.
   */
  boolean keepsUsedAt(Target target, double storedBlocks) {
    Marks marks = marksOf(target);
    return marks == null || marks.stored - storedBlocks <= KEPT * target.worker().kvBlocksPerRank();
  }

  /**
   * How many of the leading blocks of a prompt that a target holds it will hold when those before
   * the prompt are computed.
   *
   * @param capacity of the target's cache, blocks; 0 when it is not known
   * @param storedBefore blocks that it stores until then
   */
  static int keptBlocks(int heldBlocks, long capacity, double storedBefore) {
    if (storedBefore <= ALL_KEPT * capacity || capacity == 0) {
      return heldBlocks;
    }
    double left = Math.max(0, capacity - storedBefore);
    return (int) (heldBlocks * left / ((1 - ALL_KEPT) * capacity));
  }

  /** Slots of which bookings are counted, those whose target has left included. */
  int targets() {
    int targets = 0;
    for (Marks marks : slots) {
      targets += marks == null ? 0 : 1;
    }
    return targets;
  }

  private @Nullable Marks marksOf(Target target) {
    @Nullable Marks[] all = slots;
    Marks marks = target.slot() < all.length ? all[target.slot()] : null;
    return marks != null && SlotLife.same(marks.target, target) ? marks : null;
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
    private double stored;

    Marks(Target target) {
      this.target = target;
    }

    void add(int blocks, long capacityBlocks, long nowNanos) {
      double step = (double) capacityBlocks / MARKS;
      sinceLast += blocks;
      stored += blocks;
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
