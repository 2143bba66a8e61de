package dev.warmpath.router.fleet;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;

/**
 * The load that open bookings put on each slot. Any thread may book, report and read; time comes in
 * as an argument. What a booking added is taken away exactly once, whichever way it ends: report,
 * release of its target, expiry.
 */
public final class LoadLedger {
  /** Returned instead of a booking id when too many bookings are open. */
  public static final long REFUSED = 0L;

  private final LedgerLimits limits;
  private final AtomicLongArray queuedPrefillTokens;
  private final AtomicLongArray activeBlocks;
  private final AtomicLongArray activeRequests;
  private final AtomicLongArray outstandingTokens;
  private final ConcurrentHashMap<Long, Booking> open = new ConcurrentHashMap<>();
  private final AtomicLong openCount = new AtomicLong();
  private final AtomicLong nextId;
  private final LongAdder expired = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder lostWithTarget = new LongAdder();

  /**
   * @param firstBookingId where ids start; chosen at random, so that the ids of two lives of a
   *     router differ
   */
  public LoadLedger(LedgerLimits limits, long firstBookingId) {
    this.limits = limits;
    this.nextId = new AtomicLong(firstBookingId);
    this.queuedPrefillTokens = new AtomicLongArray(limits.maxTargets());
    this.activeBlocks = new AtomicLongArray(limits.maxTargets());
    this.activeRequests = new AtomicLongArray(limits.maxTargets());
    this.outstandingTokens = new AtomicLongArray(limits.maxTargets());
  }

  /** Prompt tokens booked on a slot whose first token has not come. */
  public long queuedPrefillTokens(int slot) {
    return queuedPrefillTokens.get(slot);
  }

  /** KV blocks of the requests that generate, or will, on a slot. */
  public long activeBlocks(int slot) {
    return activeBlocks.get(slot);
  }

  /** Requests on a slot. */
  public long activeRequests(int slot) {
    return activeRequests.get(slot);
  }

  /** Prompt and output tokens of the requests on a slot. */
  public long outstandingTokens(int slot) {
    return outstandingTokens.get(slot);
  }

  /** Open bookings. */
  public long openBookings() {
    return openCount.get();
  }

  /** Bookings that ended because no report came in time. */
  public long expiredBookings() {
    return expired.sum();
  }

  /** Bookings refused because too many were open. */
  public long refusedBookings() {
    return refused.sum();
  }

  /** Bookings that ended because their target went. */
  public long bookingsLostWithTarget() {
    return lostWithTarget.sum();
  }

  /**
   * Adds a load to its targets.
   *
   * @return the booking's id, or {@link #REFUSED} when too many are open
   */
  public long book(Load load, long nowNanos) {
    if (openCount.incrementAndGet() > limits.maxBookings()) {
      openCount.decrementAndGet();
      refused.increment();
      return REFUSED;
    }
    long id = newId();
    Booking booking = new Booking(id, load, nowNanos + limits.expiryNanos());
    booking.addTo(this);
    open.put(id, booking);
    return id;
  }

  private long newId() {
    long id = nextId.getAndIncrement();
    return id == REFUSED ? nextId.getAndIncrement() : id;
  }

  /** The first token came. Returns false when there is no such booking. */
  public boolean firstToken(long bookingId, long nowNanos) {
    return progress(bookingId, 1, nowNanos);
  }

  /**
   * More tokens came: the prompt is computed and the output grows. Extends the booking's life.
   *
   * @param outputTokens tokens generated so far; fewer than reported before are ignored
   * @return false when there is no such booking
   */
  public boolean progress(long bookingId, int outputTokens, long nowNanos) {
    Booking booking = open.get(bookingId);
    return booking != null && booking.progress(this, outputTokens, nowNanos + limits.expiryNanos());
  }

  /** Extends the booking's life. Returns false when there is no such booking. */
  public boolean touch(long bookingId, long nowNanos) {
    Booking booking = open.get(bookingId);
    return booking != null && booking.extend(nowNanos + limits.expiryNanos());
  }

  /** Whether a booking is open. */
  public boolean isOpen(long bookingId) {
    return open.containsKey(bookingId);
  }

  /** The request ended, well or not. Returns false when there is no such booking. */
  public boolean finish(long bookingId) {
    Booking booking = open.get(bookingId);
    if (booking == null || !booking.end(this)) {
      return false;
    }
    close(booking);
    return true;
  }

  /**
   * Ends all bookings on a slot, less those whose prompt it has computed for another. Returns how
   * many. A booking that comes after this call stays: see {@code Router}.
   */
  public int releaseSlot(int slot) {
    int ended = endAll(booking -> booking.endOn(slot, this));
    lostWithTarget.add(ended);
    return ended;
  }

  /** Ends all bookings whose life is over. Returns how many. */
  public int expire(long nowNanos) {
    int ended = endAll(booking -> booking.endIfOver(nowNanos, this));
    expired.add(ended);
    return ended;
  }

  private int endAll(Predicate<Booking> end) {
    int ended = 0;
    for (Booking booking : open.values()) {
      if (end.test(booking)) {
        close(booking);
        ended++;
      }
    }
    return ended;
  }

  private void close(Booking booking) {
    open.remove(booking.id);
    openCount.decrementAndGet();
  }

  /** One open booking; its own monitor guards what changes. */
  private static final class Booking {
    private final long id;
    private final Load load;
    private boolean prefillDone;
    private boolean ended;
    private int outputTokens;
    private long endOfLifeNanos;

    Booking(long id, Load load, long endOfLifeNanos) {
      this.id = id;
      this.load = load;
      this.endOfLifeNanos = endOfLifeNanos;
    }

    synchronized boolean endOn(int slot, LoadLedger ledger) {
      boolean needed = load.decodeSlot() == slot || (load.prefillSlot() == slot && !prefillDone);
      return needed && end(ledger);
    }

    synchronized boolean endIfOver(long nowNanos, LoadLedger ledger) {
      return nowNanos - endOfLifeNanos >= 0 && end(ledger);
    }

    synchronized void addTo(LoadLedger ledger) {
      ledger.queuedPrefillTokens.addAndGet(load.prefillSlot(), load.prefillTokens());
      ledger.activeBlocks.addAndGet(load.decodeSlot(), load.blocks(0));
      ledger.outstandingTokens.addAndGet(load.decodeSlot(), load.promptTokens());
      ledger.activeRequests.incrementAndGet(load.decodeSlot());
      if (load.prefillSlot() != load.decodeSlot()) {
        ledger.outstandingTokens.addAndGet(load.prefillSlot(), load.promptTokens());
        ledger.activeRequests.incrementAndGet(load.prefillSlot());
      }
    }

    synchronized boolean extend(long endOfLifeNanos) {
      this.endOfLifeNanos = endOfLifeNanos;
      return !ended;
    }

    synchronized boolean progress(LoadLedger ledger, int tokens, long endOfLifeNanos) {
      if (ended) {
        return false;
      }
      this.endOfLifeNanos = endOfLifeNanos;
      endPrefill(ledger);
      if (tokens > outputTokens) {
        ledger.activeBlocks.addAndGet(
            load.decodeSlot(), load.blocks(tokens) - load.blocks(outputTokens));
        ledger.outstandingTokens.addAndGet(load.decodeSlot(), tokens - outputTokens);
        outputTokens = tokens;
      }
      return true;
    }

    synchronized boolean end(LoadLedger ledger) {
      if (ended) {
        return false;
      }
      ended = true;
      endPrefill(ledger);
      ledger.activeBlocks.addAndGet(load.decodeSlot(), -load.blocks(outputTokens));
      ledger.outstandingTokens.addAndGet(
          load.decodeSlot(), -((long) load.promptTokens() + outputTokens));
      ledger.activeRequests.decrementAndGet(load.decodeSlot());
      return true;
    }

    private void endPrefill(LoadLedger ledger) {
      if (prefillDone) {
        return;
      }
      prefillDone = true;
      ledger.queuedPrefillTokens.addAndGet(load.prefillSlot(), -load.prefillTokens());
      if (load.prefillSlot() != load.decodeSlot()) {
        ledger.outstandingTokens.addAndGet(load.prefillSlot(), -load.promptTokens());
        ledger.activeRequests.decrementAndGet(load.prefillSlot());
      }
    }
  }
}
