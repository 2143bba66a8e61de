package dev.warmpath.router.fleet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Figures of all slots side by side, since a decision reads those of all its candidates. Each
 * figure of a slot has one writer at a time, who holds the lock of the slot's {@link TargetLoad} or
 * {@link PrefillQueue}; any thread reads, without a lock.
 */
final class SlotFigures {
  /*
   * One cache line a slot for what every decision reads, and one for what it reads now and then.
   * Neighbours share a line at their borders: arrays do not start on one.
   *
   * What the queue tells belongs together. Its version is odd while it is written; who meets that,
   * or another version afterwards, does not wait but asks the queue for its snapshot.
   */
  private static final VarHandle LONG = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int PLACES = 8;

  // In figures.
  private static final int VERSION = 0;
  private static final int BOOKED_TOKENS = 1;
  private static final int OLDEST_TOKENS = 2;
  private static final int ANCHOR_NANOS = 3;
  private static final int TOKENS_PER_NANO = 4;
  private static final int REQUESTS = 5;
  private static final int ACTIVE_BLOCKS = 6;
  private static final int UNBOOKED = 7;

  /** In REQUESTS: all, and above them how many of those that this router booked generate. */
  private static final int REQUEST_BITS = 32;

  private static final long REQUEST_MASK = (1L << REQUEST_BITS) - 1;

  // In slowFigures.
  private static final int LESSON_PROMPTS = 0;
  private static final int LESSON_TOKENS = 1;
  private static final int LESSON_NANOS = 2;
  private static final int LESSON_INVERSE_TOKENS = 3;
  private static final int LESSON_NANOS_PER_TOKEN = 4;
  private static final int OUTSTANDING_TOKENS = 5;

  private final long[] figures;
  private final long[] slowFigures;

  /** How often a lesson was told, of any slot. */
  private final AtomicLong lessons = new AtomicLong();

  /**
   * @param slots 0 to slots - 1, all figures 0
   */
  SlotFigures(int slots) {
    this.figures = new long[Math.multiplyExact(slots, PLACES)];
    this.slowFigures = new long[figures.length];
  }

  /** What waits in a slot's queue, and what it has learnt. */
  void tellQueue(int slot, PrefillQueue.Snapshot queue) {
    int at = slot * PLACES;
    long version = figures[at + VERSION];
    LONG.setRelease(figures, at + VERSION, version + 1);
    VarHandle.storeStoreFence();
    put(figures, at + BOOKED_TOKENS, queue.bookedTokens());
    put(figures, at + OLDEST_TOKENS, queue.oldestTokens());
    put(figures, at + ANCHOR_NANOS, queue.anchorNanos());
    put(figures, at + TOKENS_PER_NANO, queue.tokensPerNano());
    boolean taught = tellLessons(at, queue.lessons());
    LONG.setRelease(figures, at + VERSION, version + 2);
    if (taught) {
      lessons.incrementAndGet();
    }
  }

  /** Returns whether they are others than before. */
  private boolean tellLessons(int at, PrefillLessons told) {
    if (getDouble(slowFigures, at + LESSON_PROMPTS) == told.prompts()
        && getDouble(slowFigures, at + LESSON_NANOS) == told.nanos()
        && getDouble(slowFigures, at + LESSON_TOKENS) == told.tokens()) {
      return false;
    }
    put(slowFigures, at + LESSON_PROMPTS, told.prompts());
    put(slowFigures, at + LESSON_TOKENS, told.tokens());
    put(slowFigures, at + LESSON_NANOS, told.nanos());
    put(slowFigures, at + LESSON_INVERSE_TOKENS, told.inverseTokens());
    put(slowFigures, at + LESSON_NANOS_PER_TOKEN, told.nanosPerToken());
    return true;
  }

  /**
   * Reads the load of a slot.
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
            get(figures, at + BOOKED_TOKENS),
            get(figures, at + OLDEST_TOKENS),
            get(figures, at + ANCHOR_NANOS),
            getDouble(figures, at + TOKENS_PER_NANO),
            nowNanos);
    VarHandle.loadLoadFence();
    if ((version & 1) != 0 || version != get(figures, at + VERSION) || hasUnbooked(slot)) {
      return false;
    }
    long requests = (long) LONG.getAcquire(figures, at + REQUESTS);
    into.set(index, queued, requests & REQUEST_MASK, requests >>> REQUEST_BITS, activeBlocks(slot));
    return true;
  }

  /**
   * Reads what the first tokens of a slot have taught.
   *
   * @param index where it goes
   * @return false when the queue is being written: nothing was read then
   */
  boolean readLessons(int slot, int index, SlotLessons into) {
    int at = slot * PLACES;
    long version = (long) LONG.getAcquire(figures, at + VERSION);
    double prompts = getDouble(slowFigures, at + LESSON_PROMPTS);
    double tokens = getDouble(slowFigures, at + LESSON_TOKENS);
    double nanos = getDouble(slowFigures, at + LESSON_NANOS);
    double inverseTokens = getDouble(slowFigures, at + LESSON_INVERSE_TOKENS);
    double nanosPerToken = getDouble(slowFigures, at + LESSON_NANOS_PER_TOKEN);
    VarHandle.loadLoadFence();
    if ((version & 1) != 0 || version != get(figures, at + VERSION)) {
      return false;
    }
    into.set(index, prompts, tokens, nanos, inverseTokens, nanosPerToken);
    return true;
  }

  /** How often a lesson was told, of any slot. */
  long lessons() {
    return lessons.get();
  }

  long requests(int slot) {
    return (long) LONG.getAcquire(figures, slot * PLACES + REQUESTS) & REQUEST_MASK;
  }

  long generating(int slot) {
    return (long) LONG.getAcquire(figures, slot * PLACES + REQUESTS) >>> REQUEST_BITS;
  }

  void addRequests(int slot, int more) {
    add(figures, slot * PLACES + REQUESTS, more);
  }

  void addGenerating(int slot, int more) {
    add(figures, slot * PLACES + REQUESTS, (long) more << REQUEST_BITS);
  }

  long activeBlocks(int slot) {
    return (long) LONG.getAcquire(figures, slot * PLACES + ACTIVE_BLOCKS);
  }

  void tellActiveBlocks(int slot, long blocks) {
    LONG.setRelease(figures, slot * PLACES + ACTIVE_BLOCKS, blocks);
  }

  long outstandingTokens(int slot) {
    return (long) LONG.getAcquire(slowFigures, slot * PLACES + OUTSTANDING_TOKENS);
  }

  void addOutstandingTokens(int slot, long more) {
    add(slowFigures, slot * PLACES + OUTSTANDING_TOKENS, more);
  }

  /** Whether the last report of a slot found load that was not booked. */
  boolean hasUnbooked(int slot) {
    return (long) LONG.getAcquire(figures, slot * PLACES + UNBOOKED) != 0;
  }

  void tellUnbooked(int slot, boolean any) {
    LONG.setRelease(figures, slot * PLACES + UNBOOKED, any ? 1 : 0);
  }

  /** For the one writer. */
  private static void add(long[] to, int place, long more) {
    LONG.setRelease(to, place, to[place] + more);
  }

  private static void put(long[] to, int place, long value) {
    LONG.setOpaque(to, place, value);
  }

  private static void put(long[] to, int place, double value) {
    LONG.setOpaque(to, place, Double.doubleToRawLongBits(value));
  }

  private static long get(long[] from, int place) {
    return (long) LONG.getOpaque(from, place);
  }

  private static double getDouble(long[] from, int place) {
    return Double.longBitsToDouble(get(from, place));
  }
}
