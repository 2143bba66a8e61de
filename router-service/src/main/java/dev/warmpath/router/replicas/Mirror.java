package dev.warmpath.router.replicas;

import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.replicas.BookingChange.Closed;
import dev.warmpath.router.replicas.BookingChange.Opened;
import dev.warmpath.router.replicas.BookingChange.Progressed;
import dev.warmpath.router.replicas.PeerMessage.Digest;
import it.unimi.dsi.fastutil.longs.Long2LongOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/**
 * The bookings of one other router, and their load in this router's ledger. One thread at a time.
 */
final class Mirror {
  /*
   * What the other router says is kept whether or not it can be placed here: a target may join here
   * later than there, and a booking may end here earlier, by expiry or with its target.
   */
  private static final int NO_SLOT = -1;

  private final LoadLedger ledger;
  private final ToIntFunction<TargetLife> slots;
  private final Consumer<OpenBooking> opened;
  private final PeerCounters counters;
  private final Bookings bookings = new Bookings();
  private final Long2LongOpenHashMap placed = new Long2LongOpenHashMap();
  private final LongOpenHashSet unplaced = new LongOpenHashSet();

  /**
   * @param slots the slot of a target; negative when it does not serve
   * @param opened hears of each booking when it becomes known; again after a router that was gone
   *     is back
   */
  Mirror(
      LoadLedger ledger,
      ToIntFunction<TargetLife> slots,
      Consumer<OpenBooking> opened,
      PeerCounters counters) {
    this.ledger = ledger;
    this.slots = slots;
    this.opened = opened;
    this.counters = counters;
    placed.defaultReturnValue(LoadLedger.REFUSED);
  }

  int size() {
    return bookings.size();
  }

  boolean agreesWith(Digest digest) {
    return digest.open() == bookings.size() && digest.digest() == bookings.digest();
  }

  void apply(BookingChange change, long nowNanos) {
    switch (change) {
      case Opened opened -> open(opened.booking(), nowNanos);
      case Progressed progressed -> {
        OpenBooking booking = bookings.get(progressed.bookingId());
        if (booking != null) {
          update(booking.progressed(progressed.computed(), progressed.outputTokens()), nowNanos);
        }
      }
      case Closed closed -> close(closed.bookingId(), nowNanos);
    }
  }

  /** Makes the bookings exactly those of a snapshot. */
  void replaceBy(List<OpenBooking> snapshot, long nowNanos) {
    LongOpenHashSet wanted = new LongOpenHashSet();
    snapshot.forEach(booking -> wanted.add(booking.id()));
    closeAllBut(wanted, nowNanos);
    for (OpenBooking booking : snapshot) {
      if (bookings.get(booking.id()) == null) {
        open(booking, nowNanos);
      } else {
        update(booking, nowNanos);
      }
    }
  }

  /** The other router is gone. */
  void closeAll(long nowNanos) {
    closeAllBut(new LongOpenHashSet(), nowNanos);
  }

  private void closeAllBut(LongOpenHashSet wanted, long nowNanos) {
    LongArrayList others = new LongArrayList();
    for (OpenBooking booking : bookings.all()) {
      if (!wanted.contains(booking.id())) {
        others.add(booking.id());
      }
    }
    others.forEach(id -> close(id, nowNanos));
  }

  /** Tries again to place what has no load here, as long as the ledger has room. */
  void placeRest(long nowNanos) {
    LongArrayList rest = new LongArrayList(unplaced);
    for (int i = 0; i < rest.size() && ledger.hasRoom(); i++) {
      OpenBooking booking = bookings.get(rest.getLong(i));
      if (booking != null && place(booking, nowNanos)) {
        unplaced.remove(booking.id());
      }
    }
  }

  /** Notices what has ended here, by expiry or with its target, and is open there. */
  void revisit() {
    for (OpenBooking booking : bookings.all()) {
      long ledgerId = placed.get(booking.id());
      if (ledgerId != LoadLedger.REFUSED && !ledger.isOpen(ledgerId)) {
        displace(booking.id());
      }
    }
  }

  private void displace(long id) {
    placed.remove(id);
    if (unplaced.add(id)) {
      counters.unplaced.increment();
    }
  }

  private void open(OpenBooking booking, long nowNanos) {
    close(booking.id(), nowNanos);
    bookings.put(booking);
    opened.accept(booking);
    if (!place(booking, nowNanos)) {
      displace(booking.id());
    }
  }

  private void update(OpenBooking booking, long nowNanos) {
    bookings.put(booking);
    long ledgerId = placed.get(booking.id());
    boolean known =
        booking.computed()
            ? ledger.progress(ledgerId, booking.outputTokens(), nowNanos)
            : ledger.touch(ledgerId, nowNanos);
    if (!known) {
      displace(booking.id());
    }
  }

  private void close(long id, long nowNanos) {
    if (bookings.remove(id) != null) {
      unplaced.remove(id);
      ledger.finish(placed.remove(id), nowNanos);
    }
  }

  /** Books a load here; false when a target does not serve here or there is no room. */
  private boolean place(OpenBooking booking, long nowNanos) {
    int decodeSlot = slots.applyAsInt(booking.decodeTarget());
    int prefillSlot = booking.computed() ? decodeSlot : slots.applyAsInt(booking.prefillTarget());
    if (prefillSlot <= NO_SLOT || decodeSlot <= NO_SLOT) {
      return false;
    }
    Load load = load(booking, prefillSlot, decodeSlot);
    long ledgerId = ledger.bookOfPeer(load, booking.localHashes(), booking.computed(), nowNanos);
    if (ledgerId == LoadLedger.REFUSED) {
      return false;
    }
    if (slots.applyAsInt(booking.decodeTarget()) != decodeSlot
        || (!booking.computed() && slots.applyAsInt(booking.prefillTarget()) != prefillSlot)) {
      // The target left meanwhile, and its bookings may have ended before this one was made.
      ledger.finish(ledgerId, nowNanos);
      return false;
    }
    placed.put(booking.id(), ledgerId);
    if (booking.computed()) {
      ledger.progress(ledgerId, booking.outputTokens(), nowNanos);
    }
    return true;
  }

  private static Load load(OpenBooking booking, int prefillSlot, int decodeSlot) {
    return new Load(
        prefillSlot,
        decodeSlot,
        booking.promptTokens(),
        booking.prefillTokens(),
        booking.blockSize(),
        booking.expectedOutputTokens());
  }
}
