package dev.warmpath.indexer.index;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes that some indexes may take together. Each takes what it needs in steps, and only a step
 * touches what the indexes share; so what is taken is up to two steps an index more than what is
 * used. Any thread.
 */
public final class MemoryBudget {
  private static final long MOST_STEPS = 4_096;
  private static final long SMALLEST_STEP = 4L << 10;
  private static final long LARGEST_STEP = 1L << 20;

  private final long limit;
  private final long step;
  private final AtomicLong taken = new AtomicLong();

  /**
   * @param limit bytes, at least 1
   * @throws IllegalArgumentException if it is less
   */
  public MemoryBudget(long limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1 byte: " + limit);
    }
    this.limit = limit;
    this.step = Math.clamp(limit / MOST_STEPS, SMALLEST_STEP, LARGEST_STEP);
  }

  /** Bytes that the indexes may take. */
  public long limit() {
    return limit;
  }

  /** Bytes that the indexes have taken; may be above the limit by what one event adds to each. */
  public long taken() {
    return taken.get();
  }

  /** Whether no index may grow. */
  public boolean isFull() {
    return taken.get() >= limit;
  }

  /** Whether at least a tenth is left. */
  public boolean hasSlack() {
    return taken.get() <= limit - limit / 10;
  }

  /**
   * Takes more or gives back, so that {@code used} bytes are covered and little more.
   *
   * @param held what the index has taken so far
   * @return what it has taken from here on
   */
  long cover(long used, long held) {
    if (used <= held && held - used <= 2 * step) {
      return held;
    }
    long wanted = (used + step - 1) / step * step;
    taken.addAndGet(wanted - held);
    return wanted;
  }
}
