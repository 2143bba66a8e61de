package dev.warmpath.router.replicas;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadChange;
import dev.warmpath.router.fleet.Workers;
import dev.warmpath.router.replicas.PeerMessage.Changes;
import dev.warmpath.router.replicas.PeerMessage.Digest;
import dev.warmpath.router.replicas.PeerMessage.Snapshot;
import dev.warmpath.router.testing.ReleasingListener;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BookingJournalTest {
  private static final long SELF = 10;

  private final FleetRegistry registry = new FleetRegistry(4, new ReleasingListener());
  private final BookingJournal journal = new BookingJournal(SELF);

  @BeforeEach
  void join() {
    registry.put(Workers.worker("w0"));
  }

  @Test
  void messagesAreNumberedAndTheDigestNamesTheLast() {
    assertThat(journal.digest()).isEqualTo(new Digest(SELF, 0, 0, 0));
    assertThat(tell(booked(7, 2)).number()).isEqualTo(1);
    assertThat(tell().number()).isEqualTo(2);
    Digest digest = journal.digest();
    assertThat(digest.number()).isEqualTo(2);
    assertThat(digest.open()).isOne();
    tell(new LoadChange.Ended(7));
    assertThat(journal.digest()).isEqualTo(new Digest(SELF, 3, 0, 0));
  }

  @Test
  void changesOfBookingsThatWereNeverToldAreLeftOut() {
    Changes message =
        tell(new LoadChange.Progressed(7, true, 1), new LoadChange.Ended(7), booked(8, 0));
    assertThat(message.changes()).hasSize(1);
    assertThat(message.changes().getFirst().bookingId()).isEqualTo(8);
  }

  @Test
  void aBookingWhoseTargetIsGoneIsNotTold() {
    registry.remove("w0");
    assertThat(tell(booked(7, 2)).changes()).isEmpty();
    assertThat(journal.openBookings()).isZero();
  }

  @Test
  void progressNeverGoesBack() {
    tell(booked(7, 2), new LoadChange.Progressed(7, true, 30));
    tell(new LoadChange.Progressed(7, false, 20));
    OpenBooking booking = journal.snapshot().getFirst().bookings().getFirst();
    assertThat(booking.computed()).isTrue();
    assertThat(booking.outputTokens()).isEqualTo(30);
  }

  @Test
  void onlySoManyHashesOfAPromptAreTold() {
    tell(booked(7, BookingJournal.MAX_HASHES + 5));
    assertThat(journal.snapshot().getFirst().bookings().getFirst().localHashes())
        .hasSize(BookingJournal.MAX_HASHES);
  }

  @Test
  void aSnapshotIsToldInPartsOfBoundedSize() {
    for (int id = 1; id <= 300; id++) {
      tell(booked(id, id % 3 == 0 ? BookingJournal.MAX_HASHES : 1));
    }
    List<Snapshot> parts = journal.snapshot();
    List<OpenBooking> all = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      Snapshot part = parts.get(i);
      assertThat(part.part()).isEqualTo(i);
      assertThat(part.parts()).isEqualTo(parts.size());
      assertThat(part.number()).isEqualTo(300);
      assertThat(part.bookings().size()).isBetween(1, BookingJournal.PART_BOOKINGS);
      assertThat(part.bookings().stream().mapToInt(one -> one.localHashes().length).sum())
          .isLessThanOrEqualTo(BookingJournal.PART_HASHES);
      all.addAll(part.bookings());
    }
    assertThat(all).hasSize(300);
    assertThat(all.stream().mapToLong(OpenBooking::digest).sum())
        .isEqualTo(journal.digest().digest());
  }

  @Test
  void anEmptySnapshotHasOnePart() {
    assertThat(journal.snapshot()).containsExactly(new Snapshot(SELF, 0, 0, 1, List.of()));
  }

  @Test
  void endsThatWereLostOnTheirWayAreToldLater() {
    tell(booked(7, 0), booked(8, 0));
    assertThat(journal.tellLostEnds(id -> id == 8).changes())
        .containsExactly(new BookingChange.Closed(7));
    assertThat(journal.openBookings()).isOne();
  }

  private Changes tell(LoadChange... changes) {
    return journal.tell(List.of(changes), registry.current());
  }

  private static LoadChange booked(long id, int hashes) {
    return new LoadChange.Booked(
        id, new Load(0, 0, 16 * Math.max(1, hashes), 16, 16), new long[hashes]);
  }
}
