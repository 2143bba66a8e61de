package dev.warmpath.indexer.ingest;

import static dev.warmpath.indexer.event.RepeatedStores.COPIES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.EventBatch;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Targets whose workers publish no events, beside others that do; time moved by hand. */
class PlacementsTest {
  private static final String MODEL = "model";
  private static final TargetId SILENT = new TargetId("silent", 0);
  private static final TargetId TALKING = new TargetId("talking", 0);
  private static final Duration LIFE = Duration.ofMinutes(2);
  private static final IngestLimits LIMITS = IngestLimits.DEFAULT.withPlacedLife(LIFE.toNanos());

  private final List<TargetId> asked = new ArrayList<>();
  private final Ingest ingest = ingest(LIMITS);
  private final Overlaps overlaps = new Overlaps();
  private long now = -12_345;

  @Test
  void aPlacedPromptIsHeldUntilItsLifeIsOver() {
    ingest.join(silent(0, 7));
    place(ingest, 0, 7, 1, 2, 3);
    assertThat(overlap(0, 1, 2, 3, 4)).isEqualTo(3);
    pass(LIFE.minusSeconds(2));
    place(ingest, 0, 7, 1, 2);

    pass(Duration.ofSeconds(3));
    assertThat(overlap(0, 1, 2, 3)).isEqualTo(2);
    assertThat(ingest.counters().expiredPlacedBlocks()).isEqualTo(1);
    pass(LIFE);
    assertThat(overlap(0, 1, 2, 3)).isZero();
    assertThat(ingest.counters().placements()).isEqualTo(2);
  }

  @Test
  void aTargetThatPublishesNothingIsNeverStaleAndNeverAsked() {
    ingest.join(silent(0, 7));
    poll();
    assertThat(ingest.isStale(0)).isFalse();
    pass(Duration.ofHours(1));

    assertThat(ingest.isStale(0)).isFalse();
    assertThat(ingest.heardNanos(0)).isEqualTo(Ingest.NEVER_HEARD);
    assertThat(asked).isEmpty();
  }

  @Test
  void whatItPublishesAllTheSameIsCountedAndLeftOut() {
    ingest.join(silent(0, 7));
    place(ingest, 0, 7, 1);
    ingest.offer(new EventBatch(MODEL, SILENT, 7, 1, List.of(stored(5))));
    ingest.offer(new CacheSnapshot(SILENT, 7, 3, List.of(stored(6))));
    poll();

    assertThat(ingest.counters().unexpectedEvents()).isEqualTo(2);
    assertThat(ingest.counters().unknownTargets()).isZero();
    assertThat(overlap(0, 5) + overlap(0, 6)).isZero();
    assertThat(overlap(0, 1)).isEqualTo(1);
    assertThat(ingest.isStale(0)).isFalse();
  }

  @Test
  void nothingIsPlacedOnATargetThatPublishes() {
    ingest.join(talking(1));
    ingest.offer(new EventBatch(MODEL, TALKING, 7, 1, List.of(stored(1))));
    assertThat(ingest.placed(1, TALKING, 7, new long[] {1, 2}, 2)).isTrue();
    poll();

    assertThat(overlap(1, 1, 2)).isEqualTo(1);
    assertThat(ingest.counters().placements()).isZero();
  }

  @Test
  void bothKindsServeSideBySide() {
    ingest.join(silent(0, 7));
    ingest.join(talking(1));
    place(ingest, 0, 7, 1, 2, 3);
    ingest.offer(new EventBatch(MODEL, TALKING, 7, 1, List.of(stored(1, 2))));
    poll();

    assertThat(overlap(0, 1, 2, 3)).isEqualTo(3);
    assertThat(overlap(1, 1, 2, 3)).isEqualTo(2);
    assertThat(asked).containsOnly(TALKING);
    pass(LIFE.plusSeconds(1));
    assertThat(overlap(0, 1)).isZero();
    assertThat(overlap(1, 1, 2)).isEqualTo(2);
  }

  @Test
  void whereTheBoundMakesBlocksLeaveTheyMayLiveOn() {
    Ingest unlimited = ingest(IngestLimits.DEFAULT);
    unlimited.join(new IndexedTarget(0, SILENT, MODEL, 16, false, 7, 4, COPIES, false));
    unlimited.join(new IndexedTarget(1, TALKING, MODEL, 16, false, 7, 0, COPIES, false));
    unlimited.placed(0, SILENT, 7, new long[] {1, 2}, 2);
    unlimited.placed(1, TALKING, 7, new long[] {1, 2}, 2);
    unlimited.poll(now, 10);
    assertThat(Objects.requireNonNull(unlimited.index(MODEL)).heldBlocks(1)).isEqualTo(2);
    unlimited.poll(now + Duration.ofDays(1).toNanos(), 10);

    assertThat(Objects.requireNonNull(unlimited.index(MODEL)).heldBlocks(0)).isEqualTo(2);
    assertThat(Objects.requireNonNull(unlimited.index(MODEL)).heldBlocks(1)).isZero();
  }

  @Test
  void itHoldsNoMoreBlocksThanItsBound() {
    ingest.join(new IndexedTarget(0, SILENT, MODEL, 16, false, 7, 4, COPIES, false));
    place(ingest, 0, 7, 1, 2, 3);
    place(ingest, 0, 7, 1, 5, 6);

    assertThat(Objects.requireNonNull(ingest.index(MODEL)).heldBlocks(0)).isEqualTo(4);
    assertThat(overlap(0, 1, 5, 6)).isEqualTo(3);
    assertThat(overlap(0, 1, 2, 3)).isEqualTo(2);
  }

  @Test
  void whenItLeavesAllGoesAndLatePlacementsMeetNobodyElse() {
    IndexedTarget first = silent(0, 7);
    boolean[] released = new boolean[1];
    ingest.join(first);
    place(ingest, 0, 7, 1, 2);
    ingest.leave(first, () -> released[0] = true);
    place(ingest, 0, 7, 3);
    assertThat(released[0]).isTrue();
    assertThat(overlap(0, 1)).isZero();

    ingest.join(silent(0, 8));
    place(ingest, 0, 7, 1, 2);
    assertThat(overlap(0, 1, 2)).isZero();
    place(ingest, 0, 8, 4);
    assertThat(overlap(0, 4)).isEqualTo(1);
  }

  @Test
  void itMayBeginToPublishInItsNextLife() {
    IndexedTarget before = silent(0, 7);
    ingest.join(before);
    place(ingest, 0, 7, 1, 2);
    ingest.join(new IndexedTarget(1, SILENT, MODEL, 16, false, 8));
    ingest.leave(before, () -> {});
    ingest.offer(new EventBatch(MODEL, SILENT, 8, 1, List.of(stored(9))));
    poll();

    assertThat(overlap(0, 1)).isZero();
    assertThat(overlap(1, 9)).isEqualTo(1);
    assertThat(ingest.isStale(1)).isFalse();
  }

  @Test
  void whatFindsNoRoomInTheInboxIsDroppedAndCounted() {
    Ingest small =
        ingest(
            new IngestLimits(2, 100, 100, 1, 1, 1L << 60, 1, 1, 1, LIFE.toNanos(), LIFE.toNanos()));
    small.join(silent(0, 7));
    small.poll(now, 10);
    assertThat(small.placed(0, SILENT, 7, new long[] {1}, 1)).isTrue();
    assertThat(small.placed(0, SILENT, 7, new long[] {2}, 1)).isTrue();
    assertThat(small.placed(0, SILENT, 7, new long[] {3}, 1)).isFalse();

    assertThat(small.counters().placementsDropped()).isEqualTo(1);
    assertThat(small.inboxBatches()).isEqualTo(2);
    small.poll(now, 10);
    assertThat(small.inboxBatches()).isZero();
    assertThat(small.counters().placements()).isEqualTo(2);
  }

  @Test
  void itsContentCanBeDumpedAndCounted() {
    ingest.join(silent(0, 7));
    place(ingest, 0, 7, 1, 2);
    poll();
    var states = ingest.states();
    var content = ingest.dump("").next();
    poll();

    assertThat(states.join().getFirst().blocks()).isEqualTo(2);
    assertThat(content.join().orElseThrow().content()).hasSize(1);
  }

  private Ingest ingest(IngestLimits limits) {
    return new Ingest(limits, IndexLimits.DEFAULT, (target, _, _) -> asked.add(target.id()));
  }

  private static IndexedTarget silent(int slot, long incarnation) {
    return new IndexedTarget(slot, SILENT, MODEL, 16, false, incarnation, 0, COPIES, false);
  }

  private static IndexedTarget talking(int slot) {
    return new IndexedTarget(slot, TALKING, MODEL, 16, false, 7);
  }

  private static KvEvent.Stored stored(long... localHashes) {
    return KvEvent.Stored.root(localHashes.clone(), localHashes, Tier.DEVICE);
  }

  private void place(Ingest into, int slot, long incarnation, long... localHashes) {
    into.placed(slot, SILENT, incarnation, localHashes, localHashes.length);
    into.poll(now, 1_000);
  }

  private void poll() {
    ingest.poll(now, 1_000);
  }

  private void pass(Duration time) {
    now += time.toNanos();
    poll();
  }

  private int overlap(int slot, long... localHashes) {
    Objects.requireNonNull(ingest.index(MODEL)).match(localHashes, localHashes.length, overlaps);
    return overlaps.deviceBlocks(slot);
  }
}
