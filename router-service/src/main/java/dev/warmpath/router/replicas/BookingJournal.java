package dev.warmpath.router.replicas;

import dev.warmpath.router.fleet.Fleet;
import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadChange;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.replicas.PeerMessage.Changes;
import dev.warmpath.router.replicas.PeerMessage.Digest;
import dev.warmpath.router.replicas.PeerMessage.Snapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What this router tells the others of its bookings. It keeps them as they were told, so that a
 * snapshot holds exactly what its number says, whatever the ledger does meanwhile. One thread at a
 * time.
 */
public final class BookingJournal {
  /** Most changes in a message. */
  public static final int MESSAGE_CHANGES = 256;

  /** Most bookings in a part of a snapshot. */
  public static final int PART_BOOKINGS = 256;

  /**
   * Leading blocks of a prompt whose hashes are told; the blocks behind them count as shared with
   * nobody at the other routers.
   */
  public static final int MAX_HASHES = 2_048;

  /** Most hashes in a part of a snapshot: 512 KiB. */
  public static final int PART_HASHES = 65_536;

  private final long self;
  private final Bookings open = new Bookings();
  private long number;

  /**
   * @param self this router's name
   */
  public BookingJournal(long self) {
    this.self = self;
  }

  /** Bookings that are open, as far as the others were told. */
  public int openBookings() {
    return open.size();
  }

  /**
   * The next message.
   *
   * @param changes of this router's ledger, in their order; those of bookings that were never told,
   *     and bookings whose targets are gone, are left out
   * @param fleet names the targets
   */
  public Changes tell(List<LoadChange> changes, Fleet fleet) {
    List<BookingChange> told = new ArrayList<>(changes.size());
    for (LoadChange change : changes) {
      BookingChange kept =
          switch (change) {
            case LoadChange.Booked booked -> open(booked, fleet);
            case LoadChange.Progressed progressed -> progress(progressed);
            case LoadChange.Ended ended -> close(ended.bookingId());
          };
      if (kept != null) {
        told.add(kept);
      }
    }
    return new Changes(self, ++number, told);
  }

  private @Nullable BookingChange open(LoadChange.Booked booked, Fleet fleet) {
    Load load = booked.load();
    Target prefill = fleet.target(load.prefillSlot());
    Target decode = fleet.target(load.decodeSlot());
    if (prefill == null || decode == null) {
      return null;
    }
    OpenBooking booking =
        new OpenBooking(
            booked.bookingId(),
            life(prefill),
            life(decode),
            load.promptTokens(),
            load.prefillTokens(),
            load.blockSize(),
            load.expectedOutputTokens(),
            told(booked.localHashes()),
            false,
            0);
    open.put(booking);
    return new BookingChange.Opened(booking);
  }

  private static long[] told(long[] hashes) {
    return hashes.length <= MAX_HASHES ? hashes : Arrays.copyOf(hashes, MAX_HASHES);
  }

  private static TargetLife life(Target target) {
    return new TargetLife(target.id(), target.worker().incarnation());
  }

  private @Nullable BookingChange progress(LoadChange.Progressed change) {
    OpenBooking booking = open.get(change.bookingId());
    if (booking == null) {
      return null;
    }
    OpenBooking progressed = booking.progressed(change.computed(), change.outputTokens());
    open.put(progressed);
    return new BookingChange.Progressed(
        progressed.id(), progressed.computed(), progressed.outputTokens());
  }

  private @Nullable BookingChange close(long bookingId) {
    return open.remove(bookingId) == null ? null : new BookingChange.Closed(bookingId);
  }

  /**
   * A message with the ends of bookings that are told as open and are not, {@link #MESSAGE_CHANGES}
   * at most: for changes that were lost on their way to this journal.
   *
   * @param isOpen whether a booking is open
   */
  public Changes tellLostEnds(LongPredicate isOpen) {
    List<BookingChange> ends = new ArrayList<>();
    for (OpenBooking booking : List.copyOf(open.all())) {
      if (ends.size() < MESSAGE_CHANGES && !isOpen.test(booking.id())) {
        open.remove(booking.id());
        ends.add(new BookingChange.Closed(booking.id()));
      }
    }
    return new Changes(self, ++number, ends);
  }

  /** A sign of life. */
  public Digest digest() {
    return new Digest(self, number, open.size(), open.digest());
  }

  /** All open bookings, as of the last message. */
  public List<Snapshot> snapshot() {
    List<List<OpenBooking>> parts = new ArrayList<>();
    List<OpenBooking> part = new ArrayList<>();
    int hashes = 0;
    for (OpenBooking booking : open.all()) {
      int more = booking.localHashes().length;
      if (!part.isEmpty() && (part.size() == PART_BOOKINGS || hashes + more > PART_HASHES)) {
        parts.add(part);
        part = new ArrayList<>();
        hashes = 0;
      }
      part.add(booking);
      hashes += more;
    }
    parts.add(part);
    List<Snapshot> snapshot = new ArrayList<>(parts.size());
    for (int i = 0; i < parts.size(); i++) {
      snapshot.add(new Snapshot(self, number, i, parts.size(), parts.get(i)));
    }
    return snapshot;
  }
}
