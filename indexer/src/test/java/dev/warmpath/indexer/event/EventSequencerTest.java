package dev.warmpath.indexer.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.indexer.event.EventSequencer.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventSequencerTest {
  private static final int BUFFER_LIMIT = 2;
  private static final long HOLE_WAIT_NANOS = 100;

  private final EventSequencer sequencer = new EventSequencer(BUFFER_LIMIT, HOLE_WAIT_NANOS);
  private final List<Long> applied = new ArrayList<>();
  private long nowNanos;

  @Test
  void batchesInOrderAreApplied() {
    assertThat(offer(1, 3)).isEqualTo(Verdict.APPLIED);
    assertThat(offer(4, 4)).isEqualTo(Verdict.APPLIED);
    assertThat(applied).containsExactly(1L, 2L, 3L, 4L);
    assertThat(sequencer.appliedEventId()).isEqualTo(4);
    assertThat(sequencer.isBehind()).isFalse();
  }

  @Test
  void repeatedBatchIsDropped() {
    offer(1, 3);
    assertThat(offer(1, 3)).isEqualTo(Verdict.DUPLICATE);
    assertThat(offer(2, 2)).isEqualTo(Verdict.DUPLICATE);
    assertThat(applied).containsExactly(1L, 2L, 3L);
  }

  @Test
  void overlappingBatchAppliesOnlyItsNewTail() {
    offer(1, 3);
    assertThat(offer(2, 5)).isEqualTo(Verdict.APPLIED);
    assertThat(applied).containsExactly(1L, 2L, 3L, 4L, 5L);
  }

  @Test
  void earlyBatchesWaitForTheMissingOne() {
    assertThat(offer(5, 6)).isEqualTo(Verdict.BUFFERED);
    assertThat(offer(3, 4)).isEqualTo(Verdict.BUFFERED);
    assertThat(applied).isEmpty();
    assertThat(sequencer.isBehind()).isTrue();
    assertThat(offer(1, 2)).isEqualTo(Verdict.APPLIED);
    assertThat(applied).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    assertThat(sequencer.isBehind()).isFalse();
  }

  @Test
  void longerOfTwoEarlyBatchesIsKept() {
    offer(3, 3);
    offer(3, 5);
    offer(3, 4);
    offer(1, 2);
    assertThat(applied).containsExactly(1L, 2L, 3L, 4L, 5L);
  }

  @Test
  void overlappingEarlyBatchesAreAppliedOnce() {
    offer(3, 5);
    offer(4, 7);
    offer(1, 3);
    assertThat(applied).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
  }

  @Test
  void holeCountsAsLossOnlyAfterTheWait() {
    offer(2, 2);
    nowNanos = HOLE_WAIT_NANOS - 1;
    assertThat(sequencer.needsResync(nowNanos)).isFalse();
    nowNanos = HOLE_WAIT_NANOS;
    assertThat(sequencer.needsResync(nowNanos)).isTrue();
  }

  @Test
  void laterBatchesDoNotRestartTheWait() {
    offer(2, 2);
    nowNanos = HOLE_WAIT_NANOS - 1;
    offer(3, 3);
    nowNanos = HOLE_WAIT_NANOS;
    assertThat(sequencer.needsResync(nowNanos)).isTrue();
  }

  @Test
  void eachHoleHasItsOwnWait() {
    offer(2, 2);
    nowNanos = HOLE_WAIT_NANOS - 1;
    offer(4, 4);
    offer(1, 1);
    nowNanos = HOLE_WAIT_NANOS;
    assertThat(sequencer.isBehind()).isTrue();
    assertThat(sequencer.needsResync(nowNanos)).isFalse();
    nowNanos = 2 * HOLE_WAIT_NANOS - 1;
    assertThat(sequencer.needsResync(nowNanos)).isTrue();
  }

  @Test
  void filledHoleNeedsNoResync() {
    offer(2, 2);
    offer(1, 1);
    nowNanos = 10 * HOLE_WAIT_NANOS;
    assertThat(sequencer.needsResync(nowNanos)).isFalse();
  }

  @Test
  void fullBufferNeedsAResyncAtOnce() {
    offer(3, 3);
    offer(5, 5);
    assertThat(sequencer.needsResync(nowNanos)).isFalse();
    assertThat(offer(7, 7)).isEqualTo(Verdict.OVERFLOWED);
    assertThat(sequencer.needsResync(nowNanos)).isTrue();
  }

  @Test
  void overflowIsForgottenWhenTheStreamCatchesUp() {
    offer(3, 3);
    offer(5, 5);
    offer(7, 7);
    offer(1, 7);
    assertThat(applied).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
    assertThat(sequencer.needsResync(nowNanos)).isFalse();
  }

  @Test
  void heartbeatRevealsALostLastEvent() {
    offer(1, 1);
    assertThat(heartbeat(2)).isEqualTo(Verdict.APPLIED);
    assertThat(sequencer.isBehind()).isFalse();
    assertThat(heartbeat(3)).isEqualTo(Verdict.BUFFERED);
    assertThat(sequencer.isBehind()).isTrue();
    nowNanos = HOLE_WAIT_NANOS;
    assertThat(sequencer.needsResync(nowNanos)).isTrue();
    assertThat(applied).containsExactly(1L);
  }

  @Test
  void snapshotTakesThePlaceOfWhatIsMissing() {
    offer(1, 1);
    offer(5, 6);
    sequencer.resumeAfter(4, nowNanos, this::apply);
    assertThat(applied).containsExactly(1L, 5L, 6L);
    assertThat(sequencer.appliedEventId()).isEqualTo(6);
    assertThat(sequencer.isBehind()).isFalse();
  }

  @Test
  void snapshotThatCutsABufferedBatchLeavesItsTail() {
    offer(3, 6);
    sequencer.resumeAfter(4, nowNanos, this::apply);
    assertThat(applied).containsExactly(5L, 6L);
  }

  @Test
  void snapshotBeforeTheHoleStartsTheWaitAgain() {
    offer(9, 9);
    nowNanos = HOLE_WAIT_NANOS;
    sequencer.resumeAfter(4, nowNanos, this::apply);
    assertThat(sequencer.isBehind()).isTrue();
    assertThat(sequencer.needsResync(nowNanos)).isFalse();
    assertThat(sequencer.needsResync(nowNanos + HOLE_WAIT_NANOS)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(longs = {100_000, 1L << 60, Long.MAX_VALUE / 2 - 1})
  void absurdIdIsForgottenWithTheNextSnapshot(long absurd) {
    offer(1, 1);
    offer(absurd, absurd);
    sequencer.resumeAfter(3, nowNanos, this::apply);
    assertThat(sequencer.isBehind()).isFalse();

    offer(4, 4);
    offer(7, 7);
    offer(6, 6);
    assertThat(sequencer.needsResync(nowNanos)).as("the absurd batch takes no room").isFalse();
    offer(5, 5);
    assertThat(applied).containsExactly(1L, 4L, 5L, 6L, 7L);
    assertThat(sequencer.isBehind()).isFalse();
  }

  @Test
  void absurdHeartbeatIsForgottenWithTheNextSnapshot() {
    offer(1, 1);
    heartbeat(1L << 60);
    sequencer.resumeAfter(1, nowNanos, this::apply);
    assertThat(sequencer.isBehind()).isFalse();
  }

  @Test
  void announcementThatTwoSnapshotsDoNotReachIsForgotten() {
    offer(9, 9);
    sequencer.resumeAfter(4, nowNanos, this::apply);
    assertThat(sequencer.isBehind()).isTrue();
    sequencer.resumeAfter(5, nowNanos, this::apply);
    assertThat(sequencer.isBehind()).isFalse();
  }

  @Test
  void secondSnapshotIsNotHeldAgainstALaterAnnouncement() {
    offer(9, 9);
    sequencer.resumeAfter(4, nowNanos, this::apply);
    offer(11, 11);
    sequencer.resumeAfter(8, nowNanos, this::apply);
    assertThat(applied).containsExactly(9L);
    assertThat(sequencer.isBehind()).isTrue();
    offer(10, 10);
    assertThat(applied).containsExactly(9L, 10L, 11L);
  }

  @Test
  void nextHeartbeatRevealsEventsThatWereForgotten() {
    offer(100_000, 100_000);
    sequencer.resumeAfter(3, nowNanos, this::apply);
    assertThat(sequencer.isBehind()).isFalse();
    heartbeat(100_001);
    assertThat(sequencer.isBehind()).isTrue();
    nowNanos += HOLE_WAIT_NANOS;
    assertThat(sequencer.needsResync(nowNanos)).isTrue();

    sequencer.resumeAfter(100_000, nowNanos, this::apply);
    assertThat(sequencer.isBehind()).isFalse();
    assertThat(sequencer.appliedEventId()).isEqualTo(100_000);
  }

  @Test
  void olderSnapshotIsRefused() {
    offer(1, 5);
    assertThat(sequencer.acceptsSnapshot(4)).isFalse();
    assertThat(sequencer.acceptsSnapshot(5)).isTrue();
    assertThatThrownBy(() -> sequencer.resumeAfter(4, nowNanos, this::apply))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("4")
        .hasMessageContaining("5");
  }

  @Test
  void eventsThatTheSnapshotIncludesAreDuplicates() {
    sequencer.resumeAfter(4, nowNanos, this::apply);
    assertThat(offer(3, 4)).isEqualTo(Verdict.DUPLICATE);
    assertThat(offer(4, 5)).isEqualTo(Verdict.APPLIED);
    assertThat(applied).containsExactly(5L);
  }

  @Test
  void negativeBoundsAreRefused() {
    assertThatThrownBy(() -> new EventSequencer(-1, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new EventSequencer(0, -1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /**
   * Whatever the transport does, each event is applied once and in order, or a snapshot covers it.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  void anyDeliveryGivesEachEventOnceInOrder(long seed) {
    Random random = new Random(seed);
    EventSequencer any = new EventSequencer(8, HOLE_WAIT_NANOS);
    long events = 2_000;
    long[] covered = {0};
    long expected = 1;
    List<EventBatch> delivery = delivery(random, events);
    List<Long> seen = new ArrayList<>();
    for (EventBatch batch : delivery) {
      nowNanos += random.nextInt(20);
      any.offer(batch, nowNanos, event -> seen.add(idOf(event)));
      if (any.needsResync(nowNanos)) {
        covered[0] = Math.min(events, any.appliedEventId() + random.nextInt(1, 60));
        for (long id : seen) {
          assertThat(id).as("seed %d", seed).isEqualTo(expected++);
        }
        seen.clear();
        expected = covered[0] + 1;
        any.resumeAfter(covered[0], nowNanos, event -> seen.add(idOf(event)));
      }
    }
    any.offer(batch(events + 1, events), nowNanos, event -> seen.add(idOf(event)));
    for (long id : seen) {
      assertThat(id).as("seed %d", seed).isEqualTo(expected++);
    }
    assertThat(any.appliedEventId()).as("seed %d", seed).isEqualTo(expected - 1);
    assertThat(any.isBehind()).as("seed %d", seed).isEqualTo(any.appliedEventId() < events);
  }

  /** A stream cut into batches: some lost, some repeated, some overlapping, some moved. */
  private static List<EventBatch> delivery(Random random, long events) {
    List<EventBatch> batches = new ArrayList<>();
    for (long first = 1; first <= events; ) {
      long last = Math.min(events, first + random.nextInt(6));
      batches.add(batch(Math.max(1, first - random.nextInt(3)), last));
      if (random.nextInt(10) == 0) {
        batches.add(batch(last + 1, last));
      }
      first = last + 1;
    }
    List<EventBatch> delivered = new ArrayList<>();
    for (EventBatch batch : batches) {
      if (random.nextInt(25) == 0) {
        continue;
      }
      int late = random.nextInt(8) == 0 ? random.nextInt(4) : 0;
      delivered.add(Math.max(0, delivered.size() - late), batch);
      if (random.nextInt(10) == 0) {
        delivered.add(batch);
      }
    }
    return delivered;
  }

  private Verdict offer(long first, long last) {
    return sequencer.offer(batch(first, last), nowNanos, this::apply);
  }

  private Verdict heartbeat(long nextEventId) {
    return sequencer.offer(batch(nextEventId, nextEventId - 1), nowNanos, this::apply);
  }

  private void apply(KvEvent event) {
    applied.add(idOf(event));
  }

  private static EventBatch batch(long first, long last) {
    List<KvEvent> events =
        LongStream.rangeClosed(first, last)
            .mapToObj(id -> (KvEvent) new KvEvent.Removed(new long[] {id}, Tier.DEVICE))
            .toList();
    return new EventBatch("model", new TargetId("worker", 0), 1L, first, events);
  }

  /** The id that {@link #batch} wrote into the event. */
  private static long idOf(KvEvent event) {
    return ((KvEvent.Removed) event).engineHashes()[0];
  }
}
