package dev.warmpath.indexer.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.EventBatch;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.RepeatedStores;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexCounters;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.ShardedIndex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Every rule of {@link Ingest}, one thread, time moved by hand. */
class IngestTest {
  private static final String MODEL = "model";
  private static final TargetId ID = new TargetId("worker", 0);
  private static final IngestLimits LIMITS =
      new IngestLimits(
          8,
          1_000,
          1_000,
          4,
          millis(50),
          millis(30_000),
          millis(200),
          millis(5_000),
          millis(20_000),
          millis(120_000),
          millis(120_000));
  private static final IndexLimits INDEX_LIMITS = new IndexLimits(3, millis(60_000));

  /** One request to a worker. */
  private record Request(IndexedTarget target, long incarnation, long appliedEventId) {}

  private final List<Request> requests = new ArrayList<>();
  private int requestsTaken = Integer.MAX_VALUE;
  private final Ingest ingest =
      new Ingest(
          LIMITS,
          INDEX_LIMITS,
          (target, incarnation, applied) ->
              requests.size() < requestsTaken
                  && requests.add(new Request(target, incarnation, applied)));
  private long now = -12_345;

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
  void aFullInboxMakesTheTargetStaleAtOnceAndIsRepaired() {
    settled();
    for (int i = 1; i <= 8; i++) {
      assertThat(ingest.offer(batch(7, i, root(i)))).isTrue();
    }
    assertThat(ingest.inboxBatches()).isEqualTo(8);
    assertThat(ingest.offer(batch(7, 9, root(9)))).isFalse();
    assertThat(ingest.isStale(0)).as("before the owner looks").isTrue();
    assertThat(ingest.counters().inboxFull()).isEqualTo(1);

    poll();
    assertThat(state().appliedEventId()).isEqualTo(8);
    assertThat(ingest.isStale(0)).isTrue();
    assertThat(requests).containsExactly(new Request(target(7), 7, 8));
    offer(snapshot(7, 8));
    assertThat(ingest.isStale(0)).as("the snapshot is older than the loss").isTrue();
    offer(snapshot(7, 9, root(9)));
    assertThat(ingest.isStale(0)).isFalse();
  }

  @Test
  void aDroppedBatchThatComesAgainRepairsItself() {
    settled();
    for (int i = 1; i <= 9; i++) {
      ingest.offer(batch(7, i, root(i)));
    }
    poll();
    offer(batch(7, 9, root(9)));

    assertThat(ingest.isStale(0)).isFalse();
    assertThat(state().blocks()).isEqualTo(9);
  }

  @Test
  void theInboxIsBoundedInBlocksToo() {
    settled();
    long[] many = LongStream.rangeClosed(1, 600).toArray();
    KvEvent run = KvEvent.Stored.root(many, many, Tier.DEVICE);

    assertThat(ingest.offer(batch(7, 1, run))).isTrue();
    assertThat(ingest.offer(batch(7, 2, run))).isFalse();
    assertThat(ingest.offer(snapshot(7, 1, run))).as("snapshots have room of their own").isTrue();
    assertThat(ingest.offer(snapshot(7, 1, run))).isFalse();
    assertThat(ingest.counters().snapshotInboxFull()).isEqualTo(1);
    poll();
    assertThat(ingest.offer(batch(7, 2, run))).isTrue();
  }

  @Test
  void aBatchLargerThanTheInboxIsLetInAlone() {
    settled();
    long[] many = LongStream.rangeClosed(1, 5_000).toArray();
    offer(batch(7, 1, KvEvent.Stored.root(many, many, Tier.DEVICE)));

    assertThat(state().blocks()).isEqualTo(5_000);
  }

  @Test
  void controlMessagesPassAFullInbox() {
    for (int i = 1; i <= 9; i++) {
      ingest.offer(batch(7, i, root(i)));
    }
    ingest.join(target(7));
    poll();

    assertThat(ingest.target(ID)).isEqualTo(target(7));
    assertThat(ingest.counters().unknownTargets()).isEqualTo(8);
  }

  @Test
  void eventsOfUnknownTargetsAreCountedAndDropped() {
    offer(batch(7, 1, root(1)));
    offer(snapshot(7, 1));

    assertThat(ingest.counters().unknownTargets()).isEqualTo(2);
  }

  @Test
  void eventsOfAnotherModelAreCountedAndDropped() {
    settled();
    offer(new EventBatch("other", ID, 7, 1, List.of(root(1))));

    assertThat(ingest.counters().wrongModels()).isEqualTo(1);
    assertThat(state().appliedEventId()).isZero();
  }

  @Test
  void eventsOfAnotherIncarnationAreCountedAndDropped() {
    settled();
    offer(batch(6, 1, root(1)));
    offer(batch(8, 1, root(1)));
    offer(snapshot(8, 5));

    assertThat(ingest.counters().wrongIncarnations()).isEqualTo(3);
    assertThat(state().blocks()).isZero();
    assertThat(ingest.isStale(0)).isFalse();
  }

  @Test
  void anUnannouncedIncarnationIsLearntFromTheFirstEvent() {
    join(target(0));
    assertThat(requests).containsExactly(new Request(target(0), 0, 0));
    offer(batch(5, 1, root(1)));

    assertThat(state().incarnation()).isEqualTo(5);
    assertThat(ingest.isStale(0)).isFalse();
  }

  @Test
  void aGreaterIncarnationReplacesALearntOne() {
    join(target(0));
    offer(batch(5, 1, root(1)));
    requests.clear();
    offer(batch(-6, 3, root(3)));

    assertThat(state().incarnation()).as("-6 is greater as an unsigned number").isEqualTo(-6);
    assertThat(state().blocks()).isZero();
    assertThat(ingest.isStale(0)).isTrue();
    assertThat(requests).containsExactly(new Request(target(0), -6, 0));

    offer(batch(5, 2, root(2)));
    assertThat(ingest.counters().wrongIncarnations()).isEqualTo(1);
    offer(snapshot(-6, 2, root(1), root(2)));
    assertThat(state().blocks()).isEqualTo(3);
    assertThat(ingest.isStale(0)).isFalse();
  }

  @Test
  void leavingReleasesTheSlotAndTheNextLifeStartsEmpty() {
    settled();
    offer(batch(7, 1, root(1)));
    List<String> released = new ArrayList<>();
    ingest.leave(target(7), () -> released.add("slot 0"));
    assertThat(released).isEmpty();
    poll();

    assertThat(released).containsExactly("slot 0");
    assertThat(ingest.target(ID)).isNull();
    assertThat(overlap(1)).isZero();
    offer(batch(7, 2, root(2)));
    assertThat(ingest.counters().unknownTargets()).isEqualTo(1);

    join(target(8));
    offer(batch(8, 1, root(3)));
    assertThat(state().blocks()).isEqualTo(1);
  }

  @Test
  void leavingWithoutHavingJoinedReleasesToo() {
    List<String> released = new ArrayList<>();
    ingest.leave(target(7), () -> released.add("slot 0"));
    poll();

    assertThat(released).containsExactly("slot 0");
  }

  @Test
  void aStaleTargetThatLeftIsNotAskedAnyMore() {
    join(target(7));
    ingest.leave(target(7), () -> {});
    poll();
    requests.clear();
    pass(60_000);

    assertThat(requests).isEmpty();
  }

  @Test
  void theNextLifeMayJoinBeforeTheOldOneLeaves() {
    settled();
    offer(batch(7, 1, root(1)));
    IndexedTarget next = new IndexedTarget(1, ID, MODEL, 16, false, 8);
    join(next);
    offer(batch(8, 1, root(2)));
    ingest.leave(target(7), () -> {});
    poll();

    assertThat(ingest.target(ID)).isEqualTo(next);
    assertThat(ingest.isStale(1)).isFalse();
    assertThat(state().blocks()).isEqualTo(1);
    assertThat(overlap(1)).isZero();
  }

  @Test
  void joiningTwiceChangesNothing() {
    settled();
    offer(batch(7, 1, root(1)));
    join(target(7));

    assertThat(ingest.isStale(0)).isFalse();
    assertThat(state().appliedEventId()).isEqualTo(1);
  }

  @Test
  void aSlotThatIsTakenRefusesAnotherTarget() {
    settled();
    join(new IndexedTarget(0, new TargetId("other", 0), MODEL, 16, false, 1));

    assertThat(ingest.counters().failures()).isEqualTo(1);
    assertThat(ingest.target(ID)).isEqualTo(target(7));
  }

  @Test
  void targetsOfOneModelShareAnIndex() {
    settled();
    TargetId other = new TargetId("other", 3);
    join(new IndexedTarget(1, other, MODEL, 16, false, 1));
    offer(batch(7, 1, root(1)));
    offer(new EventBatch(MODEL, other, 1, 1, List.of(root(1), after(1, 2))));
    Overlaps overlaps = new Overlaps();
    index().match(new long[] {1, 2}, 2, overlaps);

    assertThat(overlaps.deviceBlocks(0)).isEqualTo(1);
    assertThat(overlaps.deviceBlocks(1)).isEqualTo(2);
  }

  @Test
  void blocksWithoutAParentWaitAndAreTakenInWhenItComes() {
    settled();
    offer(batch(7, 1, after(1, 2)));
    assertThat(state().parkedBlocks()).isEqualTo(1);
    offer(batch(7, 2, root(1)));

    assertThat(state().parkedBlocks()).isZero();
    assertThat(state().blocks()).isEqualTo(2);
  }

  @Test
  void parkedBlocksExpire() {
    settled();
    offer(batch(7, 1, after(1, 2)));
    pass(61_000);
    pass(1_000);

    assertThat(state().parkedBlocks()).isZero();
    assertThat(index().count(IndexCounters::parkedExpiries)).isEqualTo(1);
  }

  @Test
  void tooManyParkedBlocksAreRepairedEvenWhileEventsKeepComing() {
    settled();
    offer(batch(7, 1, after(1, 2), after(1, 3), after(1, 4), after(1, 5)));
    assertThat(ingest.isStale(0)).isTrue();
    assertThat(requests).containsExactly(new Request(target(7), 7, 4));
    offer(batch(7, 5, root(100)));
    offer(batch(7, 6, root(101)));
    assertThat(state().appliedEventId()).as("nothing runs ahead of the snapshot").isEqualTo(4);

    offer(snapshot(7, 5, root(1), after(1, 2), after(1, 3), after(1, 4), after(1, 5), root(100)));
    assertThat(ingest.isStale(0)).isFalse();
    assertThat(state().appliedEventId()).isEqualTo(6);
    assertThat(state().blocks()).isEqualTo(7);
  }

  @Test
  void whatCannotBeHeldBackIsCountedAndRepaired() {
    settled();
    offer(batch(7, 1, after(1, 2), after(1, 3), after(1, 4), after(1, 5)));
    for (int i = 5; i <= 9; i++) {
      offer(batch(7, i, root(100 + i)));
    }
    assertThat(ingest.counters().overflowedBatches()).isEqualTo(1);

    offer(snapshot(7, 5, root(1)));
    poll();
    assertThat(state().appliedEventId()).isEqualTo(8);
    assertThat(ingest.isStale(0)).isTrue();
    offer(snapshot(7, 9, root(1)));
    assertThat(ingest.isStale(0)).isFalse();
  }

  @Test
  void aSnapshotThatDoesNotFitLeavesTheTargetStale() {
    join(target(7));
    offer(snapshot(7, 4, after(1, 2), after(1, 3), after(1, 4), after(1, 5)));

    assertThat(ingest.isStale(0)).isTrue();
    assertThat(ingest.counters().incompleteContents()).isEqualTo(1);
    offer(snapshot(7, 4, root(1)));
    assertThat(ingest.isStale(0)).isFalse();
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

  @Test
  void aFailingMessageHarmsNoOther() {
    settled();
    ingest.leave(
        new IndexedTarget(5, ID, MODEL, 16, false, 7),
        () -> {
          throw new IllegalStateException("released badly");
        });
    offer(batch(7, 1, root(1)));

    assertThat(ingest.counters().failures()).isEqualTo(1);
    assertThat(state().blocks()).isEqualTo(1);
  }

  @Test
  void pollHandlesNoMoreThanItsLimit() {
    settled();
    ingest.offer(batch(7, 1, root(1)));
    ingest.offer(batch(7, 2, root(2)));

    assertThat(ingest.poll(now, 1)).isEqualTo(1);
    assertThat(ingest.poll(now, 5)).isEqualTo(1);
    assertThat(ingest.poll(now, 5)).isZero();
  }

  @Test
  void aDumpRestoresAnotherIngest() {
    settled();
    offer(batch(7, 1, root(1), after(1, 2), root(3)));
    Dump dump = ingest.dump("worker");
    var asked = dump.next();
    poll();

    assertThat(ingest.dump("nobody").hasNext()).isFalse();
    assertThat(dump.hasNext()).isFalse();
    CacheSnapshot content = asked.join().orElseThrow();
    assertThat(content.asOfEventId()).isEqualTo(3);
    TargetState before = state();
    Ingest other = new Ingest(LIMITS, INDEX_LIMITS, (_, _, _) -> true);
    other.join(target(7));
    other.offer(content);
    var states = other.states();
    other.poll(now, 10);
    assertThat(states.join()).containsExactly(before);
  }

  @Test
  void whatATargetMeansByRepeatedStoresHoldsForItsEventsAndItsContent() {
    join(new IndexedTarget(0, ID, MODEL, 16, false, 7, 0, RepeatedStores.TOLD_AGAIN, true));
    offer(batch(7, 1, root(1), root(1), removed(1)));
    assertThat(overlap(1)).isZero();
    ingest.offer(snapshot(7, 5, root(2)));
    poll();
    offer(batch(7, 6, root(2), removed(2)));
    assertThat(overlap(2)).isZero();
    assertThat(index().count(IndexCounters::toldAgain)).isEqualTo(2);
  }

  private void settled() {
    join(target(7));
    offer(batch(7, 1));
    requests.clear();
  }

  private void join(IndexedTarget target) {
    ingest.join(target);
    poll();
  }

  private void offer(EventBatch batch) {
    assertThat(ingest.offer(batch)).isTrue();
    poll();
  }

  private void offer(CacheSnapshot snapshot) {
    assertThat(ingest.offer(snapshot)).isTrue();
    poll();
  }

  private void poll() {
    ingest.poll(now, 100);
  }

  private void pass(long millis) {
    now += millis(millis);
    poll();
  }

  private TargetState state() {
    var states = ingest.states();
    poll();
    return states.join().getFirst();
  }

  private ShardedIndex index() {
    return Objects.requireNonNull(ingest.index(MODEL));
  }

  private int overlap(long hash) {
    Overlaps overlaps = new Overlaps();
    index().match(new long[] {hash}, 1, overlaps);
    return Math.max(overlaps.deviceBlocks(0), overlaps.deviceBlocks(1));
  }

  private static IndexedTarget target(long incarnation) {
    return new IndexedTarget(0, ID, MODEL, 16, false, incarnation);
  }

  private static EventBatch batch(long incarnation, long firstEventId, KvEvent... events) {
    return new EventBatch(MODEL, ID, incarnation, firstEventId, List.of(events));
  }

  private static CacheSnapshot snapshot(long incarnation, long asOf, KvEvent... content) {
    return new CacheSnapshot(ID, incarnation, asOf, List.of(content));
  }

  private static KvEvent root(long hash) {
    return KvEvent.Stored.root(new long[] {hash}, new long[] {hash}, Tier.DEVICE);
  }

  private static KvEvent after(long parent, long hash) {
    return KvEvent.Stored.after(parent, new long[] {hash}, new long[] {hash}, Tier.DEVICE);
  }

  private static KvEvent removed(long hash) {
    return new KvEvent.Removed(new long[] {hash}, Tier.DEVICE);
  }

  private static long millis(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }
}
