package dev.warmpath.router.fleet;

import dev.warmpath.router.fleet.PrefillQueue.QueuedPrompt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The load that open bookings put on each slot. Any thread may book, report and read; time comes in
 * as an argument. What a booking added is taken away exactly once, whichever way it ends: report,
 * release of its target, expiry.
 */
public final class LoadLedger {
  /** Returned instead of a booking id when too many bookings are open. */
  public static final long REFUSED = 0L;

  private final LedgerLimits limits;
  private final AtomicReferenceArray<@Nullable PrefillQueue> prefillQueues;
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
    this.prefillQueues = new AtomicReferenceArray<>(limits.maxTargets());
    this.activeBlocks = new AtomicLongArray(limits.maxTargets());
    this.activeRequests = new AtomicLongArray(limits.maxTargets());
    this.outstandingTokens = new AtomicLongArray(limits.maxTargets());
  }

  /**
   * Tokens left to compute of the prompts booked on a slot whose first token has not come. The
   * oldest one drains at the pace of those before it; the others count in full.
   */
  public long queuedPrefillTokens(int slot, long nowNanos) {
    PrefillQueue queue = prefillQueues.get(slot);
    return queue == null ? 0 : queue.remainingTokens(nowNanos);
  }

  /**
   * Time in which a slot computes a prompt token, learnt from first tokens, nanoseconds; 0 until
   * the first lesson.
   */
  public double prefillNanosPerToken(int slot) {
    PrefillQueue queue = prefillQueues.get(slot);
    return queue == null ? 0 : queue.nanosPerToken();
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
    QueuedPrompt prompt = prefillQueue(load.prefillSlot()).add(load.prefillTokens(), nowNanos);
    Booking booking = new Booking(id, load, prompt, nowNanos + limits.expiryNanos());
    booking.addTo(this);
    open.put(id, booking);
    return id;
  }

  private long newId() {
    long id = nextId.getAndIncrement();
    return id == REFUSED ? nextId.getAndIncrement() : id;
  }

  private PrefillQueue prefillQueue(int slot) {
    PrefillQueue queue = prefillQueues.get(slot);
    return queue != null
        ? queue
        : prefillQueues.updateAndGet(slot, other -> other != null ? other : new PrefillQueue());
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
    return booking != null && booking.progress(this, outputTokens, nowNanos);
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
  public boolean finish(long bookingId, long nowNanos) {
    Booking booking = open.get(bookingId);
    if (booking == null || !booking.end(this, nowNanos)) {
      return false;
    }
    close(booking);
    return true;
  }

  /**
   * Ends all bookings on a slot, less those whose prompt it has computed for another. Returns how
   * many. A booking that comes after this call stays: see {@code Router}.
   */
  public int releaseSlot(int slot, long nowNanos) {
    int ended = endAll(booking -> booking.endOn(slot, this, nowNanos));
    PrefillQueue queue = prefillQueues.get(slot);
    if (queue != null) {
      queue.forgetPace();
    }
    lostWithTarget.add(ended);
    return ended;
  }

  /** Ends all bookings whose life is over. Returns how many. */
  public int expire(long nowNanos) {
    int ended = endAll(booking -> booking.endIfOver(this, nowNanos));
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
    private final QueuedPrompt prompt;
    private boolean prefillDone;
    private boolean ended;
    private int outputTokens;
    private long endOfLifeNanos;

    Booking(long id, Load load, QueuedPrompt prompt, long endOfLifeNanos) {
      this.id = id;
      this.load = load;
      this.prompt = prompt;
      this.endOfLifeNanos = endOfLifeNanos;
    }

    synchronized boolean endOn(int slot, LoadLedger ledger, long nowNanos) {
      boolean needed = load.decodeSlot() == slot || (load.prefillSlot() == slot && !prefillDone);
      return needed && end(ledger, nowNanos);
    }

    synchronized boolean endIfOver(LoadLedger ledger, long nowNanos) {
      return nowNanos - endOfLifeNanos >= 0 && end(ledger, nowNanos);
    }

    synchronized void addTo(LoadLedger ledger) {
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

    synchronized boolean progress(LoadLedger ledger, int tokens, long nowNanos) {
      if (ended) {
        return false;
      }
      endOfLifeNanos = nowNanos + ledger.limits.expiryNanos();
      if (!prefillDone) {
        prompt.computed(nowNanos);
        endPrefill(ledger);
      }
      if (tokens > outputTokens) {
        ledger.activeBlocks.addAndGet(
            load.decodeSlot(), load.blocks(tokens) - load.blocks(outputTokens));
        ledger.outstandingTokens.addAndGet(load.decodeSlot(), tokens - outputTokens);
        outputTokens = tokens;
      }
      return true;
    }

    synchronized boolean end(LoadLedger ledger, long nowNanos) {
      if (ended) {
        return false;
      }
      ended = true;
      if (!prefillDone) {
        prompt.dropped(nowNanos);
        endPrefill(ledger);
      }
      ledger.activeBlocks.addAndGet(load.decodeSlot(), -load.blocks(outputTokens));
      ledger.outstandingTokens.addAndGet(
          load.decodeSlot(), -((long) load.promptTokens() + outputTokens));
      ledger.activeRequests.decrementAndGet(load.decodeSlot());
      return true;
    }

    private void endPrefill(LoadLedger ledger) {
      prefillDone = true;
      if (load.prefillSlot() != load.decodeSlot()) {
        ledger.outstandingTokens.addAndGet(load.prefillSlot(), -load.promptTokens());
        ledger.activeRequests.decrementAndGet(load.prefillSlot());
      }
    }
  }
}
