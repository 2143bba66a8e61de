package dev.warmpath.router.replicas;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Workers;
import dev.warmpath.router.replicas.BookingChange.Closed;
import dev.warmpath.router.replicas.BookingChange.Opened;
import dev.warmpath.router.replicas.BookingChange.Progressed;
import dev.warmpath.router.replicas.PeerMessage.Changes;
import dev.warmpath.router.replicas.PeerMessage.Digest;
import dev.warmpath.router.replicas.PeerMessage.Question;
import dev.warmpath.router.replicas.PeerMessage.Snapshot;
import dev.warmpath.router.testing.ReleasingListener;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PeerBookingsTest {
  private static final long SELF = 10;
  private static final long PEER = 20;
  private static final PeerLimits LIMITS = new PeerLimits(2, 3, 5, 50, 1_000);

  private final LoadLedger ledger = new LoadLedger(new LedgerLimits(4, 10, 500), 1);
  private final FleetRegistry registry = new FleetRegistry(4, new ReleasingListener());
  private final List<String> placements = new ArrayList<>();
  private final PeerBookings peers =
      new PeerBookings(
          SELF,
          ledger,
          registry::current,
          (target, hashes) -> placements.add(target.worker().id() + " " + hashes.length),
          LIMITS);

  @BeforeEach
  void join() {
    registry.put(Workers.worker("w0"));
    registry.put(Workers.worker("w1"));
  }

  @Test
  void theBookingsOfAnotherRouterLoadTheTargetsHereUntilTheyEnd() {
    take(changes(1, new Opened(booking(7, "w1"))), 0);
    assertLoad(1, 64, 4);
    take(changes(2, new Progressed(7, true, 20)), 1);
    assertLoad(1, 0, 6);
    take(changes(3, new Closed(7)), 2);
    assertLoad(0, 0, 0);
    assertThat(ledger.openBookings()).isZero();
    assertThat(peers.tick(1_000)).isEmpty();
  }

  @Test
  void aBookingThatFindsNoRoomIsRefusedOnceHoweverOftenItIsTriedAgain() {
    long first = ledger.book(new Load(0, 0, 16, 16, 16), 0);
    for (int i = 1; i < 10; i++) {
      ledger.book(new Load(0, 0, 16, 16, 16), 0);
    }
    take(changes(1, new Opened(booking(7, "w1"))), 0);
    peers.tick(1);
    peers.tick(2);
    assertThat(ledger.refusedBookings()).isOne();

    ledger.finish(first, 3);
    peers.tick(3);
    assertLoad(1, 64, 4);
    assertThat(ledger.refusedBookings()).isOne();
  }

  @Test
  void promptsThatAnotherRouterPlacedOnATargetWithoutEventsAreToldOnce() {
    registry.put(Workers.silent(Workers.worker("w2")));
    Changes first = changes(1, new Opened(booking(7, "w1")), new Opened(booking(8, "w2")));
    take(first, 0);
    take(first, 0);
    take(changes(2, new Progressed(8, true, 20)), 1);
    take(changes(3, new Closed(8)), 2);

    assertThat(placements).containsExactly("w2 " + booking(8, "w2").localHashes().length);
  }

  @Test
  void blocksThatBothRoutersBookedAreCountedOnce() {
    ledger.book(new Load(slot("w1"), slot("w1"), 64, 64, 16), new long[] {1, 2, 3, 9}, 4, 0);
    take(changes(1, new Opened(booking(7, "w1"))), 0);
    assertThat(ledger.bookedBlocks(slot("w1"))).isEqualTo(5);
  }

  @Test
  void aRouterIgnoresItself() {
    peers.take(new Changes(SELF, 1, List.of(new Opened(booking(7, "w1")))), 0);
    assertLoad(0, 0, 0);
    assertThat(peers.peers()).isZero();
  }

  @Test
  void aMessageThatComesTwiceOrOldCountsOnce() {
    Changes message = changes(1, new Opened(booking(7, "w1")));
    take(message, 0);
    take(message, 0);
    assertLoad(1, 64, 4);
    assertThat(peers.counters().duplicates()).isOne();
  }

  @Test
  void messagesOutOfOrderWaitForTheOnesBefore() {
    take(changes(1), 0);
    take(changes(3, new Closed(7)), 0);
    take(changes(2, new Opened(booking(7, "w1"))), 1);
    assertLoad(0, 0, 0);
    assertThat(peers.tick(100)).isEmpty();
    assertThat(peers.counters().early()).isOne();
  }

  @Test
  void aHoleThatStaysIsRepairedByASnapshot() {
    take(changes(1), 0);
    take(changes(3, new Opened(booking(8, "w0"))), 10);
    assertThat(peers.tick(14)).isEmpty();
    assertThat(peers.tick(15)).containsExactly(new Question(SELF, PEER));
    assertThat(peers.tick(64)).isEmpty();
    assertThat(peers.tick(65)).hasSize(1);

    take(new Snapshot(PEER, 2, 0, 1, List.of(booking(7, "w1"))), 70);
    assertThat(ledger.bookedRequests(slot("w0"))).isOne();
    assertLoad(1, 64, 4);
    assertThat(peers.tick(1_000)).isEmpty();
    assertThat(peers.counters().repairs()).isOne();
  }

  @Test
  void aLostLastMessageIsNoticedByTheDigest() {
    take(changes(1), 0);
    take(new Digest(PEER, 2, 1, booking(7, "w1").digest()), 10);
    assertThat(peers.tick(15)).hasSize(1);
  }

  @Test
  void aRouterHeardOfInTheMidstOfItsLifeIsAskedForAllItHas() {
    take(changes(50, new Opened(booking(8, "w0"))), 0);
    assertThat(ledger.bookedRequests(slot("w0"))).isZero();
    assertThat(peers.tick(5)).containsExactly(new Question(SELF, PEER));
    take(new Snapshot(PEER, 49, 1, 2, List.of(booking(7, "w1"))), 6);
    assertLoad(0, 0, 0);
    take(new Snapshot(PEER, 49, 0, 2, List.of()), 7);
    assertLoad(1, 64, 4);
    assertThat(ledger.bookedRequests(slot("w0"))).isOne();
  }

  @Test
  void aDigestThatDiffersThoughNothingIsMissingIsRepaired() {
    take(changes(1, new Opened(booking(7, "w1"))), 0);
    take(new Digest(PEER, 1, 1, 12345), 1);
    assertThat(peers.counters().divergences()).isOne();
    assertThat(peers.tick(6)).hasSize(1);
    take(new Snapshot(PEER, 1, 0, 1, List.of()), 7);
    assertLoad(0, 0, 0);
    take(new Digest(PEER, 1, 0, 0), 8);
    assertThat(peers.tick(100)).isEmpty();
  }

  @Test
  void tooManyEarlyMessagesMakeASnapshotNecessary() {
    take(changes(1), 0);
    for (int number = 3; number < 8; number++) {
      take(changes(number), 0);
    }
    take(changes(2), 0);
    assertThat(peers.tick(5)).hasSize(1);
    take(new Snapshot(PEER, 7, 0, 1, List.of()), 6);
    take(changes(8, new Opened(booking(7, "w1"))), 7);
    assertLoad(1, 64, 4);
  }

  @Test
  void aRouterThatFallsSilentTakesItsBookingsAlong() {
    take(changes(1, new Opened(booking(7, "w1"))), 0);
    peers.tick(999);
    assertThat(peers.peers()).isOne();
    peers.tick(1_000);
    assertThat(peers.peers()).isZero();
    assertLoad(0, 0, 0);
    assertThat(peers.counters().deaths()).isOne();
  }

  @Test
  void routersBeyondTheLimitAreIgnoredAndCounted() {
    for (long router = 21; router < 24; router++) {
      peers.take(new Digest(router, 0, 0, 0), 0);
    }
    assertThat(peers.peers()).isEqualTo(2);
    assertThat(peers.counters().ignored()).isOne();
  }

  @Test
  void aBookingOnATargetThatJoinsLaterIsPlacedThen() {
    take(changes(1, new Opened(booking(7, "w2"))), 0);
    assertThat(peers.counters().unplaced()).isOne();
    registry.put(Workers.worker("w2"));
    peers.tick(1);
    assertThat(ledger.bookedRequests(slot("w2"))).isOne();
    take(changes(2, new Closed(7)), 2);
    assertThat(ledger.bookedRequests(slot("w2"))).isZero();
  }

  @Test
  void aBookingOfAnotherLifeOfItsTargetIsNotPlaced() {
    registry.put(Workers.life("w1", 2));
    take(changes(1, new Opened(booking(7, "w1"))), 0);
    assertLoad(0, 0, 0);
    assertThat(peers.bookings()).isOne();
  }

  @Test
  void aBookingThatExpiredHereComesBackWithItsNextSign() {
    take(changes(1, new Opened(booking(7, "w1"))), 0);
    ledger.expire(500);
    assertLoad(0, 0, 0);
    take(changes(2, new Progressed(7, true, 1)), 501);
    peers.tick(502);
    assertLoad(1, 0, 5);
  }

  @Test
  void onlyAQuestionAboutThisRouterCallsForItsSnapshot() {
    assertThat(peers.take(new Question(PEER, SELF), 0)).isTrue();
    assertThat(peers.take(new Question(PEER, 33), 0)).isFalse();
  }

  private void take(PeerMessage message, long nowNanos) {
    assertThat(peers.take(message, nowNanos)).isFalse();
  }

  private static Changes changes(long number, BookingChange... changes) {
    return new Changes(PEER, number, List.of(changes));
  }

  private static OpenBooking booking(long id, String worker) {
    TargetLife target = new TargetLife(new TargetId(worker, 0), 1);
    long[] hashes = {1, 2, 3, 4};
    return new OpenBooking(id, target, target, 64, 64, 16, 0, hashes, false, 0);
  }

  private int slot(String worker) {
    return requireNonNull(registry.current().target(new TargetId(worker, 0))).slot();
  }

  private void assertLoad(long requests, long queued, long blocks) {
    int slot = slot("w1");
    assertThat(ledger.bookedRequests(slot)).isEqualTo(requests);
    assertThat(ledger.queuedPrefillTokens(slot, 0)).isEqualTo(queued);
    assertThat(ledger.bookedBlocks(slot)).isEqualTo(blocks);
  }
}
