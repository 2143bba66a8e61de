package dev.warmpath.router.fleet;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The load of each slot: what open bookings put there, and what its worker reports beside it. Any
 * thread may book, report and read; time comes in as an argument. What a booking added is taken
 * away exactly once, whichever way it ends: report, release of its target, expiry.
 */
public final class LoadLedger {
  /** Returned instead of a booking id when too many bookings are open. */
  public static final long REFUSED = 0L;

  /**
   * Leading blocks of a prompt that are compared with those of other prompts; what is behind them
   * counts with each prompt.
   */
  public static final int MAX_SHARED_BLOCKS = 16_384;

  /** Age of a report from which it counts no more, nanoseconds. */
  public static final long REPORT_LIFE_NANOS = UnbookedLoad.LIFE_NANOS;

  /** Stands for the age of a report when there is none. */
  public static final long NOT_REPORTED = -1;

  private static final long[] NO_HASHES = {};

  private final LedgerLimits limits;
  private final SlotFigures figures;
  private final AtomicReferenceArray<@Nullable TargetLoad> targets;
  private final ConcurrentHashMap<Long, Booking> open = new ConcurrentHashMap<>();
  private final AtomicLong openCount = new AtomicLong();
  private final AtomicLong nextId;
  private final LoadInFlight inFlight = new LoadInFlight();
  private volatile @Nullable Consumer<LoadChange> watcher;
  private volatile Runnable whenRelieved = () -> {};
  private final LongAdder expired = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder lostWithTarget = new LongAdder();
  private final LongAdder cutShort = new LongAdder();

  /**
   * @param firstBookingId where ids start; chosen at random, so that the ids of two lives of a
   *     router differ
   */
  public LoadLedger(LedgerLimits limits, long firstBookingId) {
    this.limits = limits;
    this.nextId = new AtomicLong(firstBookingId);
    this.figures = new SlotFigures(limits.maxTargets());
    this.targets = new AtomicReferenceArray<>(limits.maxTargets());
  }

  /**
   * Tells {@code watcher} of each change of the bookings that this router makes from here on: on
   * the changing thread, in order for each booking. It must not block, nor call the ledger.
   */
  public void watch(Consumer<LoadChange> watcher) {
    this.watcher = watcher;
  }

  /**
   * Runs {@code action} after each change by which load went: on the changing thread, which it must
   * not block.
   */
  public void whenRelieved(Runnable action) {
    this.whenRelieved = action;
  }

  /** Says which other routers book on the same targets; {@link PeerShares#NONE} for none. */
  public void sharesWith(PeerShares shares) {
    inFlight.share(shares);
  }

  /**
   * Another router told what it has booked: what was expected of it is no longer.
   *
   * @param router its number among the {@linkplain #sharesWith routers}
   */
  public void heardOf(int router) {
    inFlight.heardOf(router);
  }

  /**
   * Reads the load of the first {@code count} of {@code slots}, one after the other: that of one
   * slot is a little older than that of the next. A slot whose queue is just being written, or that
   * has load beside its bookings, is asked itself.
   */
  public void read(int[] slots, int count, long nowNanos, SlotLoads into) {
    into.start(count);
    for (int i = 0; i < count; i++) {
      if (!figures.read(slots[i], nowNanos, i, into)) {
        target(slots[i]).read(nowNanos, i, into);
      }
    }
    if (inFlight.isShared()) {
      for (int i = 0; i < count; i++) {
        LoadInFlight.Amount expected = inFlight.on(slots[i], nowNanos);
        if (expected != null) {
          into.add(i, expected);
        }
      }
    }
  }

  /**
   * Reads what the first tokens of some slots have taught; a slot whose queue is just being written
   * is asked itself. Takes no lock.
   *
   * @param slots the first {@code count} are asked for
   */
  public void readLessons(int[] slots, int count, SlotLessons into) {
    into.start(count);
    for (int i = 0; i < count; i++) {
      if (!figures.readLessons(slots[i], i, into)) {
        target(slots[i]).readLessons(i, into);
      }
    }
  }

  /** How often a first token has taught something, or what it had taught was forgotten. */
  public long lessons() {
    return figures.lessons();
  }

  /**
   * Prompt tokens left to compute on a slot: booked, {@linkplain #report reported}, and expected of
   * {@linkplain #sharesWith other routers}. The oldest booked prompt drains at the pace of those
   * before it; the others count in full.
   */
  public long queuedPrefillTokens(int slot, long nowNanos) {
    TargetLoad target = targets.get(slot);
    LoadInFlight.Amount expected = inFlight.on(slot, nowNanos);
    long known = target == null ? 0 : target.queuedPrefillTokens(nowNanos);
    return expected == null ? known : known + Math.round(expected.prefillTokens());
  }

  /**
   * Time in which a slot computes a prompt token, learnt from first tokens, nanoseconds; 0 until
   * the first lesson.
   */
  public double prefillNanosPerToken(int slot) {
    TargetLoad target = targets.get(slot);
    return target == null ? 0 : target.prefillNanosPerToken();
  }

  /** What the first tokens of a slot have taught; nothing before the first. */
  public PrefillLessons prefillLessons(int slot) {
    TargetLoad target = targets.get(slot);
    return target == null ? PrefillLessons.NONE : target.prefillLessons();
  }

  /**
   * KV blocks in use on a slot: {@link #bookedBlocks}, those reported beside them, and those
   * expected of other routers.
   */
  public long activeBlocks(int slot, long nowNanos) {
    LoadInFlight.Amount expected = inFlight.on(slot, nowNanos);
    long known = blocks(slot, nowNanos);
    return expected == null ? known : known + Math.round(expected.blocks());
  }

  /**
   * Requests on a slot: {@link #bookedRequests}, those reported beside them, and those expected of
   * other routers.
   */
  public long activeRequests(int slot, long nowNanos) {
    LoadInFlight.Amount expected = inFlight.on(slot, nowNanos);
    long known = requests(slot, nowNanos);
    return expected == null ? known : known + Math.round(expected.requests());
  }

  /**
   * Prompt and output tokens of the requests on a slot: {@link #bookedTokens} and those expected of
   * other routers.
   */
  public long outstandingTokens(int slot, long nowNanos) {
    LoadInFlight.Amount expected = inFlight.on(slot, nowNanos);
    long known = bookedTokens(slot);
    return expected == null ? known : known + Math.round(expected.tokens());
  }

  /**
   * KV blocks of the booked requests that generate, or will, on a slot. Leading blocks that prompts
   * have in common count once, as far as the bookings carried their hashes.
   */
  public long bookedBlocks(int slot) {
    return figures.activeBlocks(slot);
  }

  /**
   * Leading blocks of a prompt that booked requests on a slot use already, as far as their bookings
   * carried hashes. Takes the slot's lock.
   *
   * @param localHashes of the prompt; the first {@code count} are asked for
   */
  public int sharedBlocks(int slot, long[] localHashes, int count) {
    TargetLoad target = targets.get(slot);
    return target == null
        ? 0
        : target.activeBlocks(localHashes, Math.min(count, MAX_SHARED_BLOCKS));
  }

  /**
   * KV blocks that the output of the booked requests on a slot is still expected to fill; requests
   * that expect nothing count none.
   */
  public long growthBlocks(int slot) {
    TargetLoad target = targets.get(slot);
    return target == null ? 0 : target.growthBlocks();
  }

  /** Booked requests on a slot. */
  public long bookedRequests(int slot) {
    return figures.requests(slot);
  }

  /** Requests that this router booked and that generate on a slot: their first token has come. */
  public long generating(int slot) {
    return figures.generating(slot);
  }

  /** Prompt and output tokens of the booked requests on a slot. */
  public long bookedTokens(int slot) {
    return figures.outstandingTokens(slot);
  }

  /**
   * Takes in what a worker says of the load of a slot. What of it is not booked counts beside the
   * bookings, less and less, and not at all from {@link #REPORT_LIFE_NANOS} on.
   *
   * @return false when a later report came before
   */
  public boolean report(int slot, LoadReport report, long nowNanos) {
    return target(slot).report(report, nowNanos);
  }

  /** The last report of a slot, as long as it counts; null for none. */
  public @Nullable LoadReport reported(int slot, long nowNanos) {
    UnbookedLoad beside = unbooked(slot, nowNanos);
    return beside == null ? null : beside.report();
  }

  /**
   * How long ago the last report of a slot came, nanoseconds; {@link #NOT_REPORTED} when none came
   * that counts.
   */
  public long reportedAgeNanos(int slot, long nowNanos) {
    UnbookedLoad beside = unbooked(slot, nowNanos);
    return beside == null ? NOT_REPORTED : Math.max(0, nowNanos - beside.heardNanos());
  }

  private long requests(int slot, long nowNanos) {
    return figures.hasUnbooked(slot) ? target(slot).requests(nowNanos) : figures.requests(slot);
  }

  private long blocks(int slot, long nowNanos) {
    return figures.hasUnbooked(slot)
        ? target(slot).activeBlocks(nowNanos)
        : figures.activeBlocks(slot);
  }

  private @Nullable UnbookedLoad unbooked(int slot, long nowNanos) {
    TargetLoad target = targets.get(slot);
    return target == null ? null : target.unbooked(nowNanos);
  }

  /** Prompts that are compared with one another on a slot, for tests of what is left. */
  int activePrompts(int slot) {
    TargetLoad target = targets.get(slot);
    return target == null ? 0 : target.activePrompts();
  }

  /** Whether a further booking would find room. */
  public boolean hasRoom() {
    return openCount.get() < limits.maxBookings();
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

  /** Bookings whose prompt was longer than {@link #MAX_SHARED_BLOCKS}. */
  public long promptsCutShort() {
    return cutShort.sum();
  }

  /**
   * Adds a load whose blocks are shared with nobody to its targets.
   *
   * @return the booking's id, or {@link #REFUSED} when too many are open
   */
  public long book(Load load, long nowNanos) {
    return book(load, NO_HASHES, 0, nowNanos);
  }

  /**
   * Adds a load to its targets.
   *
   * @param localHashes local hashes of the prompt's leading blocks, by which prompts with a common
   *     prefix are told; not kept
   * @param hashedBlocks how many of them; the blocks behind them are shared with nobody
   * @return the booking's id, or {@link #REFUSED} when too many are open
   */
  public long book(Load load, long[] localHashes, int hashedBlocks, long nowNanos) {
    long id = open(load, localHashes, hashedBlocks, true, watcher, nowNanos);
    if (id != REFUSED) {
      inFlight.booked(load, nowNanos);
    }
    return id;
  }

  /**
   * Adds a load that another router has booked. Differs from {@link #book} in that nobody is told
   * of its changes.
   *
   * @param computed whether the prompt is computed: then it waits nowhere, and teaches nothing
   */
  public long bookOfPeer(Load load, long[] localHashes, boolean computed, long nowNanos) {
    long id = open(load, localHashes, localHashes.length, false, null, nowNanos);
    Booking booking = open.get(id);
    if (computed && booking != null) {
      booking.skipPrefill(nowNanos);
    }
    return id;
  }

  private long open(
      Load load,
      long[] localHashes,
      int hashedBlocks,
      boolean own,
      @Nullable Consumer<LoadChange> told,
      long nowNanos) {
    if (openCount.incrementAndGet() > limits.maxBookings()) {
      openCount.decrementAndGet();
      refused.increment();
      return REFUSED;
    }
    if (hashedBlocks > MAX_SHARED_BLOCKS) {
      cutShort.increment();
    }
    long id = newId();
    Booking booking =
        new Booking(
            id,
            load,
            localHashes,
            Math.min(hashedBlocks, MAX_SHARED_BLOCKS),
            target(load.prefillSlot()),
            target(load.decodeSlot()),
            own,
            told,
            limits.expiryNanos(),
            nowNanos);
    open.put(id, booking);
    return id;
  }

  private long newId() {
    long id = nextId.getAndIncrement();
    return id == REFUSED ? nextId.getAndIncrement() : id;
  }

  private TargetLoad target(int slot) {
    TargetLoad target = targets.get(slot);
    return target != null
        ? target
        : targets.updateAndGet(
            slot, other -> other != null ? other : new TargetLoad(figures, slot));
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
    boolean known = booking != null && booking.progress(outputTokens, nowNanos);
    whenRelieved.run();
    return known;
  }

  /** Extends the booking's life. Returns false when there is no such booking. */
  public boolean touch(long bookingId, long nowNanos) {
    Booking booking = open.get(bookingId);
    return booking != null && booking.extend(nowNanos);
  }

  /** Whether a booking is open and its first token has come. */
  public boolean isComputed(long bookingId) {
    Booking booking = open.get(bookingId);
    return booking != null && booking.isComputed();
  }

  /** Whether a booking is open. */
  public boolean isOpen(long bookingId) {
    return open.containsKey(bookingId);
  }

  /** The request ended, well or not. Returns false when there is no such booking. */
  public boolean finish(long bookingId, long nowNanos) {
    Booking booking = open.get(bookingId);
    if (booking == null || !booking.end(nowNanos)) {
      return false;
    }
    close(booking);
    whenRelieved.run();
    return true;
  }

  /**
   * Ends all bookings on a slot, less those whose prompt it has computed for another. Returns how
   * many. A booking that comes after this call stays: see {@code Router}.
   */
  public int releaseSlot(int slot, long nowNanos) {
    int ended = endAll(booking -> booking.endOn(slot, nowNanos));
    TargetLoad target = targets.get(slot);
    if (target != null) {
      target.forgetTarget();
    }
    lostWithTarget.add(ended);
    return ended;
  }

  /** Ends all bookings whose life is over. Returns how many. */
  public int expire(long nowNanos) {
    int ended = endAll(booking -> booking.endIfOver(nowNanos));
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
    if (ended > 0) {
      whenRelieved.run();
    }
    return ended;
  }

  private void close(Booking booking) {
    open.remove(booking.id());
    openCount.decrementAndGet();
  }
}
