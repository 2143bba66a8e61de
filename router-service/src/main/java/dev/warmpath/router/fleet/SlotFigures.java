package dev.warmpath.router.fleet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Figures of all slots side by side, since a decision reads those of all its candidates. Each
 * figure of a slot has one writer at a time, who holds the lock of the slot's {@link TargetLoad} or
 * {@link PrefillQueue}; any thread reads, without a lock.
 */
final class SlotFigures {
  /*
   * Two cache lines a slot, of which the last two places stay empty: what neighbours write shares a
   * line at most where the array does not start on one.
   *
   * What the queue tells belongs together. Its version is odd while it is written; who meets that,
   * or another version afterwards, does not wait but asks the queue for its
   * snapshot.
   */
  private static final VarHandle LONG = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int PLACES = 16;

  private static final int VERSION = 0;
  private static final int BOOKED_TOKENS = 1;
  private static final int OLDEST_TOKENS = 2;
  private static final int ANCHOR_NANOS = 3;
  private static final int TOKENS_PER_NANO = 4;
  private static final int LESSON_PROMPTS = 5;
  private static final int LESSON_TOKENS = 6;
  private static final int LESSON_NANOS = 7;
  private static final int LESSON_INVERSE_TOKENS = 8;
  private static final int LESSON_NANOS_PER_TOKEN = 9;
  private static final int REQUESTS = 10;
  private static final int ACTIVE_BLOCKS = 11;
  private static final int OUTSTANDING_TOKENS = 12;
  private static final int UNBOOKED = 13;

  private final long[] figures;

  /**
   * @param slots 0 to slots - 1, all figures 0
   */
  SlotFigures(int slots) {
    this.figures = new long[Math.multiplyExact(slots, PLACES)];
  }

  /** What waits in a slot's queue, and what it has learnt. */
  void tellQueue(int slot, PrefillQueue.Snapshot queue) {
    int at = slot * PLACES;
    long version = figures[at + VERSION];
    LONG.setRelease(figures, at + VERSION, version + 1);
    VarHandle.storeStoreFence();
    PrefillLessons lessons = queue.lessons();
    put(at + BOOKED_TOKENS, queue.bookedTokens());
    put(at + OLDEST_TOKENS, queue.oldestTokens());
    put(at + ANCHOR_NANOS, queue.anchorNanos());
    put(at + TOKENS_PER_NANO, queue.tokensPerNano());
    put(at + LESSON_PROMPTS, lessons.prompts());
    put(at + LESSON_TOKENS, lessons.tokens());
    put(at + LESSON_NANOS, lessons.nanos());
    put(at + LESSON_INVERSE_TOKENS, lessons.inverseTokens());
    put(at + LESSON_NANOS_PER_TOKEN, lessons.nanosPerToken());
    LONG.setRelease(figures, at + VERSION, version + 2);
  }

  /**
   * Reads what a decision asks of a slot.
   *
   * @param index where it goes
   * @return false when the queue is being written, or when load beside the bookings counts: nothing
   *     was read then
   */
  boolean read(int slot, long nowNanos, int index, SlotLoads into) {
    int at = slot * PLACES;
    long version = (long) LONG.getAcquire(figures, at + VERSION);
    long queued =
        PrefillQueue.remainingTokens(
            get(at + BOOKED_TOKENS),
            get(at + OLDEST_TOKENS),
            get(at + ANCHOR_NANOS),
            getDouble(at + TOKENS_PER_NANO),
            nowNanos);
    double prompts = getDouble(at + LESSON_PROMPTS);
    double tokens = getDouble(at + LESSON_TOKENS);
    double nanos = getDouble(at + LESSON_NANOS);
    double inverseTokens = getDouble(at + LESSON_INVERSE_TOKENS);
    double nanosPerToken = getDouble(at + LESSON_NANOS_PER_TOKEN);
    VarHandle.loadLoadFence();
    if ((version & 1) != 0 || version != get(at + VERSION) || hasUnbooked(slot)) {
      return false;
    }
    into.set(index, queued, requests(slot), prompts, tokens, nanos, inverseTokens, nanosPerToken);
    return true;
  }

  long requests(int slot) {
    return (long) LONG.getAcquire(figures, slot * PLACES + REQUESTS);
  }

  void addRequests(int slot, int more) {
    add(slot * PLACES + REQUESTS, more);
  }

  long activeBlocks(int slot) {
    return (long) LONG.getAcquire(figures, slot * PLACES + ACTIVE_BLOCKS);
  }

  void tellActiveBlocks(int slot, long blocks) {
    LONG.setRelease(figures, slot * PLACES + ACTIVE_BLOCKS, blocks);
  }

  long outstandingTokens(int slot) {
    return (long) LONG.getAcquire(figures, slot * PLACES + OUTSTANDING_TOKENS);
  }

  void addOutstandingTokens(int slot, long more) {
    add(slot * PLACES + OUTSTANDING_TOKENS, more);
  }

  /** Whether the last report of a slot found load that was not booked. */
  boolean hasUnbooked(int slot) {
    return (long) LONG.getAcquire(figures, slot * PLACES + UNBOOKED) != 0;
  }

  void tellUnbooked(int slot, boolean any) {
    LONG.setRelease(figures, slot * PLACES + UNBOOKED, any ? 1 : 0);
  }

  /** For the one writer. */
  private void add(int place, long more) {
    LONG.setRelease(figures, place, figures[place] + more);
  }

  private void put(int place, long value) {
    LONG.setOpaque(figures, place, value);
  }

  private void put(int place, double value) {
    LONG.setOpaque(figures, place, Double.doubleToRawLongBits(value));
  }

  private long get(int place) {
    return (long) LONG.getOpaque(figures, place);
  }

  private double getDouble(int place) {
    return Double.longBitsToDouble(get(place));
  }
}
