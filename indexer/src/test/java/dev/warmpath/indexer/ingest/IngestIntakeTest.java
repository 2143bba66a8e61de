package dev.warmpath.indexer.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.RepeatedStores;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexCounters;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What is taken in, what waits for it, and what is dropped and counted. */
class IngestIntakeTest extends IngestScenario {
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
}
