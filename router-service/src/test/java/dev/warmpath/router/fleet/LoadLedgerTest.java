package dev.warmpath.router.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LoadLedgerTest {
  private static final LedgerLimits LIMITS = new LedgerLimits(8, 3, 100);
  private static final long LIFE = LoadLedger.REPORT_LIFE_NANOS;

  private final LoadLedger ledger = new LoadLedger(LIMITS, 41);

  @Test
  void aBookingLoadsItsTargetUntilItIsFinished() {
    long id = ledger.book(aggregated(2, 100, 60), 0);
    assertLoad(2, 60, 7, 1, 100);

    assertThat(ledger.finish(id, 1)).isTrue();
    assertLoad(2, 0, 0, 0, 0);
    assertThat(ledger.openBookings()).isZero();
  }

  @Test
  void theFirstTokenEndsTheQueuedPrefillOnly() {
    long id = ledger.book(aggregated(2, 96, 60), 0);
    assertThat(ledger.firstToken(id, 1)).isTrue();
    assertLoad(2, 0, 7, 1, 97);
    assertThat(ledger.firstToken(id, 2)).isTrue();
    assertLoad(2, 0, 7, 1, 97);
  }

  @Test
  void theOldestPromptDrainsAtThePaceOfFirstTokens() {
    ledger.firstToken(ledger.book(aggregated(2, 20, 20), 0), 40);
    ledger.book(aggregated(2, 30, 30), 50);
    ledger.book(aggregated(2, 16, 16), 50);
    assertThat(ledger.queuedPrefillTokens(2, 60)).isEqualTo(41);
    assertThat(ledger.queuedPrefillTokens(2, 10_000)).isEqualTo(16);
    assertThat(ledger.queuedPrefillTokens(3, 60)).isZero();
  }

  @Test
  void progressTeachesThePaceWhenItIsTheFirstSign() {
    long id = ledger.book(aggregated(2, 20, 20), 0);
    ledger.progress(id, 5, 40);
    ledger.progress(id, 9, 90);
    ledger.book(aggregated(2, 30, 30), 100);
    assertThat(ledger.queuedPrefillTokens(2, 110)).isEqualTo(25);
  }

  @Test
  void noOtherEndTeachesAPace() {
    ledger.finish(ledger.book(aggregated(2, 20, 20), 0), 10);
    ledger.book(aggregated(2, 20, 20), 10);
    ledger.expire(110);
    ledger.book(aggregated(2, 30, 30), 120);
    assertThat(ledger.queuedPrefillTokens(2, 200)).isEqualTo(30);
  }

  @Test
  void aReleasedSlotForgetsThePaceOfItsTarget() {
    ledger.firstToken(ledger.book(aggregated(2, 20, 20), 0), 40);
    ledger.releaseSlot(2, 50);
    ledger.book(aggregated(2, 30, 30), 60);
    assertThat(ledger.queuedPrefillTokens(2, 100)).isEqualTo(30);
  }

  @Test
  void progressGrowsBlocksAndNeverShrinksThem() {
    long id = ledger.book(aggregated(2, 10, 10), 0);
    ledger.progress(id, 40, 1);
    assertLoad(2, 0, 4, 1, 50);
    ledger.progress(id, 7, 2);
    assertLoad(2, 0, 4, 1, 50);
    ledger.finish(id, 1);
    assertLoad(2, 0, 0, 0, 0);
  }

  @Test
  void blocksThatPromptsHaveInCommonCountOnceOnEachTarget() {
    long first = bookHashed(2, 50, 1, 2, 3);
    long second = bookHashed(2, 70, 1, 2, 9, 8);
    bookHashed(3, 50, 1, 2, 3);
    assertThat(ledger.bookedBlocks(2)).isEqualTo(4 + 5 - 2);
    assertThat(ledger.bookedBlocks(3)).isEqualTo(4);

    ledger.progress(second, 20, 1);
    assertThat(ledger.bookedBlocks(2)).isEqualTo(8);
    ledger.finish(first, 2);
    assertThat(ledger.bookedBlocks(2)).isEqualTo(6);
    ledger.finish(second, 3);
    assertThat(ledger.bookedBlocks(2)).isZero();
  }

  @Test
  void aPromptBeyondTheSharedBlocksCountsTheRestByItselfAndIsCounted() {
    int blocks = LoadLedger.MAX_SHARED_BLOCKS + 10;
    long[] hashes = LongStream.range(0, blocks).toArray();
    Load load = new Load(2, 2, blocks * 16, 16, 16);
    long first = ledger.book(load, hashes, blocks, 0);
    long second = ledger.book(load, hashes, blocks, 0);
    assertThat(ledger.bookedBlocks(2)).isEqualTo(blocks + 10);
    assertThat(ledger.promptsCutShort()).isEqualTo(2);
    ledger.finish(first, 0);
    ledger.finish(second, 0);
    assertThat(ledger.bookedBlocks(2)).isZero();
  }

  @Test
  void theExpectedOutputIsLeftToGrowUntilItHasCome() {
    long id = ledger.book(new Load(2, 2, 10, 10, 16, 70), 0);
    assertThat(ledger.growthBlocks(2)).isEqualTo(4);
    ledger.progress(id, 39, 1);
    assertThat(ledger.growthBlocks(2)).isOne();
    ledger.progress(id, 500, 2);
    assertThat(ledger.growthBlocks(2)).isZero();
    ledger.finish(id, 3);
    assertThat(ledger.growthBlocks(2)).isZero();
    assertLoad(2, 0, 0, 0, 0);
  }

  @Test
  void anOutputThatIsCutShortLeavesNothingToGrow() {
    long id = ledger.book(new Load(2, 2, 10, 10, 16, 70), 0);
    ledger.progress(id, 10, 1);
    ledger.finish(id, 2);
    assertThat(ledger.growthBlocks(2)).isZero();
  }

  @Test
  void aDisaggregatedBookingLoadsPrefillUntilTheFirstTokenAndDecodeUntilTheEnd() {
    long id = ledger.book(new Load(0, 1, 32, 20, 16), 0);
    assertLoad(0, 20, 0, 1, 32);
    assertLoad(1, 0, 2, 1, 32);

    ledger.firstToken(id, 1);
    assertLoad(0, 0, 0, 0, 0);
    assertLoad(1, 0, 3, 1, 33);

    ledger.finish(id, 1);
    assertLoad(1, 0, 0, 0, 0);
  }

  @Test
  void aDisaggregatedBookingThatFailsBeforeTheFirstTokenLeavesNothing() {
    long id = ledger.book(new Load(0, 1, 32, 20, 16), 0);
    ledger.finish(id, 1);
    assertLoad(0, 0, 0, 0, 0);
    assertLoad(1, 0, 0, 0, 0);
  }

  @Test
  void aSecondFinishIsUnknownAndTakesNothingAway() {
    long id = ledger.book(aggregated(2, 100, 60), 0);
    ledger.book(aggregated(2, 16, 16), 0);
    ledger.finish(id, 1);

    assertThat(ledger.finish(id, 1)).isFalse();
    assertThat(ledger.progress(id, 5, 1)).isFalse();
    assertThat(ledger.firstToken(id, 1)).isFalse();
    assertThat(ledger.touch(id, 1)).isFalse();
    assertThat(ledger.isOpen(id)).isFalse();
    assertLoad(2, 16, 1, 1, 16);
  }

  @Test
  void aBookingWithoutReportsExpires() {
    ledger.book(aggregated(2, 16, 16), 0);
    assertThat(ledger.expire(99)).isZero();
    assertThat(ledger.expire(100)).isOne();
    assertThat(ledger.expiredBookings()).isOne();
    assertLoad(2, 0, 0, 0, 0);
  }

  @Test
  void everyReportExtendsTheLifeOfABooking() {
    long id = ledger.book(aggregated(2, 16, 16), 0);
    ledger.touch(id, 90);
    assertThat(ledger.expire(189)).isZero();
    ledger.firstToken(id, 180);
    assertThat(ledger.expire(279)).isZero();
    ledger.progress(id, 5, 270);
    assertThat(ledger.expire(369)).isZero();
    assertThat(ledger.expire(370)).isOne();
  }

  @Test
  void lifeIsMeasuredAcrossTheWrapOfTheClock() {
    long id = ledger.book(aggregated(2, 16, 16), Long.MAX_VALUE - 10);
    assertThat(ledger.expire(Long.MAX_VALUE)).isZero();
    assertThat(ledger.isOpen(id)).isTrue();
    assertThat(ledger.expire(Long.MIN_VALUE + 89)).isOne();
  }

  @Test
  void aWatcherHearsOfWhatOthersMustKnow() {
    List<LoadChange> heard = new ArrayList<>();
    ledger.watch(heard::add);
    long id = bookHashed(2, 34, 1, 2);
    ledger.firstToken(id, 1);
    ledger.progress(id, 14, 2);
    ledger.progress(id, 15, 3);
    ledger.touch(id, 4);
    ledger.touch(id, 30);
    ledger.finish(id, 31);
    ledger.finish(id, 32);

    assertThat(heard.getFirst())
        .isInstanceOfSatisfying(
            LoadChange.Booked.class,
            booked -> {
              assertThat(booked.bookingId()).isEqualTo(id);
              assertThat(booked.load()).isEqualTo(aggregated(2, 34, 16));
              assertThat(booked.localHashes()).containsExactly(1, 2);
            });
    assertThat(heard.subList(1, heard.size()))
        .containsExactly(
            new LoadChange.Progressed(id, true, 1),
            new LoadChange.Progressed(id, true, 15),
            new LoadChange.Progressed(id, true, 15),
            new LoadChange.Ended(id));
  }

  @Test
  void aWatcherHearsOfEndsByExpiryAndLossAndNothingOfOtherRouters() {
    List<LoadChange> heard = new ArrayList<>();
    ledger.watch(heard::add);
    ledger.finish(ledger.bookOfPeer(aggregated(2, 16, 16), new long[0], false, 0), 0);
    assertThat(heard).isEmpty();
    long expiring = ledger.book(aggregated(2, 16, 16), 0);
    ledger.expire(100);
    long lost = ledger.book(aggregated(2, 16, 16), 100);
    ledger.releaseSlot(2, 101);
    assertThat(heard)
        .contains(new LoadChange.Ended(expiring), new LoadChange.Ended(lost))
        .hasSize(4);
  }

  @Test
  void aPromptThatWasComputedElsewhereWaitsNowhereAndTeachesNothing() {
    ledger.firstToken(ledger.book(aggregated(2, 20, 20), 0), 40);
    long id = ledger.bookOfPeer(aggregated(2, 500, 500), new long[0], true, 50);
    assertLoad(2, 0, 34, 2, 521);
    assertThat(ledger.prefillNanosPerToken(2)).isEqualTo(2);
    ledger.finish(id, 60);
    assertLoad(2, 0, 2, 1, 21);
  }

  @Test
  void whatAWorkerReportsBesideTheBookingsCountsLessWithItsAge() {
    ledger.book(aggregated(2, 96, 60), 0);
    assertThat(ledger.report(2, new LoadReport(4, 1, 26, 100, 1), 10)).isTrue();
    assertBlended(10, 100, 26, 5);
    assertBlended(10 + LIFE / 4, 90, 21, 4);
    assertBlended(10 + LIFE / 2, 80, 16, 3);
    assertBlended(10 + LIFE, 60, 6, 1);
    assertThat(ledger.bookedRequests(2)).isOne();
    assertThat(ledger.reportedAgeNanos(2, 10 + LIFE / 2)).isEqualTo(LIFE / 2);
    assertThat(ledger.reportedAgeNanos(2, 10 + LIFE)).isEqualTo(LoadLedger.NOT_REPORTED);
    assertThat(ledger.reported(2, 10 + LIFE)).isNull();
  }

  @Test
  void bookingsAfterAReportCountAtOnceBesideIt() {
    ledger.report(2, new LoadReport(3, 0, 30, 50, 1), 0);
    long id = ledger.book(aggregated(2, 96, 60), 0);
    assertBlended(0, 110, 36, 4);
    ledger.finish(id, 0);
    assertBlended(0, 50, 30, 3);
  }

  @Test
  void aReportNeverLowersWhatIsBooked() {
    ledger.book(aggregated(2, 96, 60), 0);
    ledger.report(2, new LoadReport(0, 0, 0, 0, 1), 0);
    assertBlended(0, 60, 6, 1);
  }

  @Test
  void aFigureThatIsNotReportedAddsNothing() {
    ledger.report(2, new LoadReport(3, 0, 30, LoadReport.UNKNOWN, 1), 0);
    assertBlended(0, 0, 30, 3);
  }

  @Test
  void aReportThatIsNotLaterIsIgnoredUnlessTheLastOneIsOver() {
    ledger.report(2, new LoadReport(3, 0, 0, 0, 70), 0);
    assertThat(ledger.report(2, new LoadReport(9, 0, 0, 0, 70), 1)).isFalse();
    assertThat(ledger.report(2, new LoadReport(9, 0, 0, 0, 69), 1)).isFalse();
    assertThat(ledger.activeRequests(2, 1)).isEqualTo(3);
    assertThat(ledger.report(2, new LoadReport(9, 0, 0, 0, 69), LIFE)).isTrue();
    assertThat(ledger.activeRequests(2, LIFE)).isEqualTo(9);
  }

  @Test
  void aReleasedSlotForgetsWhatItsTargetReported() {
    ledger.report(2, new LoadReport(3, 0, 30, 50, 1), 0);
    ledger.releaseSlot(2, 1);
    assertBlended(1, 0, 0, 0);
    assertThat(ledger.reportedAgeNanos(2, 1)).isEqualTo(LoadLedger.NOT_REPORTED);
  }

  private void assertBlended(long nowNanos, long queued, long blocks, long requests) {
    assertThat(ledger.queuedPrefillTokens(2, nowNanos)).isEqualTo(queued);
    assertThat(ledger.activeBlocks(2, nowNanos)).isEqualTo(blocks);
    assertThat(ledger.activeRequests(2, nowNanos)).isEqualTo(requests);
  }

  @Test
  void aSlotThatIsReleasedTakesItsBookingsAlong() {
    ledger.book(aggregated(2, 16, 16), 0);
    ledger.book(aggregated(3, 16, 16), 0);
    ledger.book(new Load(2, 4, 16, 16, 16), 0);

    assertThat(ledger.releaseSlot(2, 1)).isEqualTo(2);
    assertThat(ledger.bookingsLostWithTarget()).isEqualTo(2);
    assertLoad(2, 0, 0, 0, 0);
    assertLoad(4, 0, 0, 0, 0);
    assertLoad(3, 16, 1, 1, 16);
  }

  @Test
  void aPrefillTargetThatGoesAfterTheFirstTokenLeavesTheDecodeLoad() {
    long id = ledger.book(new Load(0, 1, 32, 20, 16), 0);
    ledger.firstToken(id, 1);

    assertThat(ledger.releaseSlot(0, 1)).isZero();
    assertLoad(1, 0, 3, 1, 33);
    assertThat(ledger.releaseSlot(1, 1)).isOne();
    assertLoad(1, 0, 0, 0, 0);
  }

  @Test
  void tooManyOpenBookingsAreRefusedAndCounted() {
    for (int i = 0; i < 3; i++) {
      assertThat(ledger.book(aggregated(0, 16, 16), 0)).isNotEqualTo(LoadLedger.REFUSED);
    }
    assertThat(ledger.book(aggregated(1, 16, 16), 0)).isEqualTo(LoadLedger.REFUSED);
    assertThat(ledger.refusedBookings()).isOne();
    assertLoad(1, 0, 0, 0, 0);

    ledger.releaseSlot(0, 1);
    assertThat(ledger.book(aggregated(1, 16, 16), 0)).isNotEqualTo(LoadLedger.REFUSED);
  }

  @Test
  void noBookingIsNamedLikeARefusal() {
    LoadLedger wrapping = new LoadLedger(LIMITS, -1);
    assertThat(wrapping.book(aggregated(0, 16, 16), 0)).isEqualTo(-1);
    assertThat(wrapping.book(aggregated(0, 16, 16), 0)).isEqualTo(1);
  }

  @Test
  void limitsBelowOneAreRefused() {
    assertThatThrownBy(() -> new LedgerLimits(0, 1, 1)).hasMessageContaining("maxTargets 0");
  }

  private long bookHashed(int slot, int promptTokens, long... hashes) {
    return ledger.book(aggregated(slot, promptTokens, 16), hashes, hashes.length, 0);
  }

  private static Load aggregated(int slot, int promptTokens, int prefillTokens) {
    return new Load(slot, slot, promptTokens, prefillTokens, 16);
  }

  private void assertLoad(int slot, long queued, long blocks, long requests, long outstanding) {
    assertThat(ledger.queuedPrefillTokens(slot, 0)).as("queued on %d", slot).isEqualTo(queued);
    assertThat(ledger.bookedBlocks(slot)).as("blocks on %d", slot).isEqualTo(blocks);
    assertThat(ledger.bookedRequests(slot)).as("requests on %d", slot).isEqualTo(requests);
    assertThat(ledger.bookedTokens(slot)).as("tokens on %d", slot).isEqualTo(outstanding);
  }
}
