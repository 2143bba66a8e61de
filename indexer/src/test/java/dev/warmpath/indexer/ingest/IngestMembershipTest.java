package dev.warmpath.indexer.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.EventBatch;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.index.Overlaps;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which targets and which of their lives are heard. */
class IngestMembershipTest extends IngestScenario {
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
}
