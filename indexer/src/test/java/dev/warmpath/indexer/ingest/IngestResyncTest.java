package dev.warmpath.indexer.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.TargetId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a target is stale, when it is asked for its content, and what repairs it. */
class IngestResyncTest extends IngestScenario {
  @Test
  void aJoinedTargetIsStaleAndAskedForAtOnce() {
    join(target(7));

    assertThat(ingest.isStale(0)).isTrue();
    assertThat(ingest.target(ID)).isEqualTo(target(7));
    assertThat(requests).containsExactly(new Request(target(7), 7, 0));
  }

  @Test
  void aSlotThatNobodyHoldsIsStale() {
    assertThat(ingest.isStale(0)).isTrue();
    assertThat(ingest.isStale(99)).isTrue();
    assertThat(ingest.index(MODEL)).isNull();
  }

  @Test
  void aTargetIsHeardWhenItJoinsAndWithEachBatchAndHeartbeat() {
    assertThat(ingest.heardNanos(0)).isEqualTo(Ingest.NEVER_HEARD);
    join(target(7));
    long joined = now;
    assertThat(ingest.heardNanos(0)).isEqualTo(joined);
    pass(100);
    assertThat(ingest.heardNanos(0)).isEqualTo(joined);
    offer(batch(7, 1, root(1)));
    assertThat(ingest.heardNanos(0)).isEqualTo(joined + millis(100));
    pass(100);
    offer(batch(7, 2));
    assertThat(ingest.heardNanos(0)).isEqualTo(joined + millis(200));
  }

  @Test
  void theFirstEventShowsWhereATargetStands() {
    join(target(7));
    offer(batch(7, 1, root(1)));

    assertThat(ingest.isStale(0)).isFalse();
    assertThat(state().appliedEventId()).isEqualTo(1);
    assertThat(overlap(1)).isEqualTo(1);
  }

  @Test
  void theHeartbeatOfAFreshCacheShowsWhereItStands() {
    join(target(7));
    offer(batch(7, 1));

    assertThat(ingest.isStale(0)).isFalse();
    assertThat(ingest.counters().heartbeats()).isEqualTo(1);
  }

  @Test
  void aSnapshotAsOfNoEventSettlesAFreshCache() {
    join(target(7));
    offer(snapshot(7, 0));

    assertThat(ingest.isStale(0)).isFalse();
    assertThat(ingest.counters().resyncsApplied()).isEqualTo(1);
    pass(10_000);
    assertThat(requests).hasSize(1);
  }

  @Test
  void requestsAreRepeatedAtDoublingIntervalsUntilASnapshotComes() {
    join(target(7));
    List<Long> at = new ArrayList<>();
    long start = now;
    for (int tick = 0; tick < 2_000; tick++) {
      int before = requests.size();
      pass(10);
      if (requests.size() > before) {
        at.add((now - start) / millis(1));
      }
    }
    assertThat(at).containsExactly(200L, 600L, 1_400L, 3_000L, 6_200L, 11_200L, 16_200L);

    offer(snapshot(7, 3, root(1)));
    assertThat(ingest.isStale(0)).isFalse();
    requests.clear();
    pass(60_000);
    assertThat(requests).isEmpty();
  }

  @Test
  void requestsThatAreLeftOutAreMadeSoonAndDoNotCountAsRepetitions() {
    requestsTaken = 0;
    join(target(7));
    pass(10_000);
    assertThat(requests).isEmpty();
    assertThat(ingest.counters().resyncsRequested()).isZero();

    requestsTaken = 100;
    pass(9);
    assertThat(requests).as("the pause").isEmpty();
    pass(1);
    assertThat(requests).hasSize(1);
    pass(200);
    assertThat(requests).as("the first wait has not doubled").hasSize(2);
    assertThat(ingest.counters().resyncsRequested()).isEqualTo(2);
  }

  @Test
  void aThousandTargetsAreAskedAsFastAsRequestsAreTaken() {
    requestsTaken = 64;
    for (int slot = 0; slot < 1_024; slot++) {
      join(new IndexedTarget(slot, new TargetId("worker-" + slot, 0), MODEL, 16, false, 7));
    }
    long start = now;
    while (requests.size() < 1_024) {
      for (Request request : requests.subList(requestsTaken - 64, requests.size())) {
        ingest.offer(new CacheSnapshot(request.target().id(), 7, 0, List.of()));
      }
      requestsTaken = requests.size() + 64;
      pass(10);
      assertThat(now - start).isLessThanOrEqualTo(millis(200));
    }
    assertThat(requests).extracting(Request::target).doesNotHaveDuplicates();
  }

  @Test
  void targetsThatDoNotAnswerKeepNoOtherFromBeingAsked() {
    requestsTaken = 2;
    for (int slot = 0; slot < 6; slot++) {
      join(new IndexedTarget(slot, new TargetId("worker-" + slot, 0), MODEL, 16, false, 7));
    }
    for (int round = 0; round < 3; round++) {
      requestsTaken += 2;
      pass(1_000);
    }

    assertThat(requests.stream().map(Request::target).distinct()).hasSize(6);
  }

  @Test
  void aTargetMetInTheMiddleStaysStaleUntilTheSnapshot() {
    join(target(7));
    offer(batch(7, 5, root(5)));
    assertThat(ingest.isStale(0)).isTrue();
    assertThat(overlap(5)).isZero();

    offer(snapshot(7, 4, root(1)));
    assertThat(ingest.isStale(0)).isFalse();
    assertThat(overlap(1)).isEqualTo(1);
    assertThat(overlap(5)).isEqualTo(1);
    assertThat(state().appliedEventId()).isEqualTo(5);
  }

  @Test
  void aSilentTargetIsStaleUntilItIsHeardOfAgainAndIsNotAskedForItsContent() {
    settled();
    offer(batch(7, 1, root(1)));
    pass(30_000);
    assertThat(ingest.isStale(0)).isFalse();

    pass(2_000);
    assertThat(ingest.isStale(0)).isTrue();
    assertThat(state().stale()).isTrue();
    assertThat(overlap(1)).isEqualTo(1);

    offer(batch(7, 2));
    assertThat(ingest.isStale(0)).isFalse();
    assertThat(requests).isEmpty();
  }

  @Test
  void aShortHoleClosesWithoutARequest() {
    settled();
    offer(batch(7, 2, root(2)));
    pass(49);
    assertThat(ingest.isStale(0)).isFalse();
    offer(batch(7, 1, root(1)));
    pass(1_000);

    assertThat(ingest.isStale(0)).isFalse();
    assertThat(requests).isEmpty();
    assertThat(ingest.counters().bufferedBatches()).isEqualTo(1);
    assertThat(state().appliedEventId()).isEqualTo(2);
  }

  @Test
  void anOldHoleMakesTheTargetStaleAndASnapshotRepairsIt() {
    settled();
    offer(batch(7, 2, root(2)));
    pass(50);
    assertThat(ingest.isStale(0)).isTrue();
    assertThat(requests).containsExactly(new Request(target(7), 7, 0));

    offer(snapshot(7, 1, root(1)));
    assertThat(ingest.isStale(0)).isFalse();
    assertThat(state().appliedEventId()).isEqualTo(2);
    assertThat(overlap(1)).isEqualTo(1);
    assertThat(overlap(2)).isEqualTo(1);
  }

  @Test
  void anOldHoleThatClosesAfterAllSettlesTheTarget() {
    settled();
    offer(batch(7, 2, root(2)));
    pass(60);
    offer(batch(7, 1, root(1)));

    assertThat(ingest.isStale(0)).isFalse();
    pass(10_000);
    assertThat(requests).hasSize(1);
  }

  @Test
  void aHeartbeatRevealsTheLossOfTheLastEvent() {
    settled();
    offer(batch(7, 1, root(1)));
    offer(batch(7, 3));
    pass(50);

    assertThat(ingest.isStale(0)).isTrue();
    assertThat(requests).containsExactly(new Request(target(7), 7, 1));
  }

  @Test
  void tooManyEarlyBatchesMakeTheTargetStaleAtOnce() {
    settled();
    for (int i = 0; i < 5; i++) {
      offer(batch(7, 10 + i, root(10 + i)));
    }
    assertThat(ingest.counters().overflowedBatches()).isEqualTo(1);
    assertThat(ingest.isStale(0)).isTrue();
    assertThat(requests).hasSize(1);

    offer(snapshot(7, 9));
    assertThat(ingest.isStale(0)).as("event 14 is still missing").isTrue();
    offer(snapshot(7, 14, root(14)));
    assertThat(ingest.isStale(0)).isFalse();
  }

  @Test
  void anAbsurdEventIdIsHealedByTheNextSnapshot() {
    settled();
    offer(batch(7, 1, root(1)));
    offer(batch(7, 1L << 60, root(9)));
    pass(50);
    assertThat(ingest.isStale(0)).isTrue();
    assertThat(requests).containsExactly(new Request(target(7), 7, 1));

    offer(snapshot(7, 1, root(1)));
    assertThat(ingest.isStale(0)).isFalse();
    offer(batch(7, 2, root(2)));
    pass(10_000);
    assertThat(ingest.isStale(0)).isFalse();
    assertThat(state().blocks()).isEqualTo(2);
    assertThat(requests).hasSize(1);
  }

  @Test
  void theNextHeartbeatRevealsEventsBeyondASnapshot() {
    settled();
    offer(batch(7, 100_000, root(9)));
    pass(50);
    offer(snapshot(7, 1, root(1)));
    assertThat(ingest.isStale(0)).isFalse();

    offer(batch(7, 100_001));
    pass(50);
    assertThat(ingest.isStale(0)).isTrue();
    assertThat(requests).hasSize(2);
    offer(snapshot(7, 100_000, root(1), root(9)));
    assertThat(ingest.isStale(0)).isFalse();
  }

  @Test
  void repeatedEventsChangeNothing() {
    settled();
    offer(batch(7, 1, root(1), after(1, 2)));
    long digest = state().digest();
    offer(batch(7, 1, root(1), after(1, 2)));
    offer(batch(7, 1, root(1)));
    offer(batch(7, 1));

    assertThat(state().digest()).isEqualTo(digest);
    assertThat(ingest.counters().duplicateBatches()).isEqualTo(2);
    assertThat(ingest.isStale(0)).isFalse();
  }

  @Test
  void oldAndRepeatedSnapshotsAreRefused() {
    settled();
    offer(batch(7, 1, root(1), root(2)));
    offer(snapshot(7, 1, root(1)));
    offer(snapshot(7, 2, root(1), root(2)));

    assertThat(ingest.counters().resyncsRefusedOld()).isEqualTo(2);
    assertThat(state().blocks()).isEqualTo(2);
  }

  @Test
  void aFailingRequestHarmsNothing() {
    Ingest failing =
        new Ingest(
            LIMITS,
            INDEX_LIMITS,
            (_, _, _) -> {
              throw new IllegalStateException("no way to ask");
            });
    failing.join(target(7));
    failing.poll(now, 10);
    failing.offer(batch(7, 1, root(1)));
    failing.poll(now, 10);

    assertThat(failing.counters().resyncsFailed()).isEqualTo(1);
    assertThat(failing.isStale(0)).isFalse();
  }
}
