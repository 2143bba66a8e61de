package dev.warmpath.indexer.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.v1.ResyncPart;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Content as parts and back. */
class SnapshotPartsTest {
  private static final IndexedTarget TARGET =
      new IndexedTarget(0, new TargetId("worker", 1), "model", 16, false, 7);

  @Test
  void anEmptyCacheIsOnePart() throws MalformedEventException {
    CacheSnapshot empty = new CacheSnapshot(TARGET.id(), 7, 0, List.of());
    List<ResyncPart> parts = parts(empty);

    assertThat(parts).hasSize(1);
    assertThat(assembled(parts)).isEqualTo(empty);
  }

  @Test
  void aLargeCacheComesInBoundedPartsAndMeansTheSame() throws MalformedEventException {
    long[] many = LongStream.rangeClosed(1, 100_000).toArray();
    List<KvEvent> content = new ArrayList<>();
    content.add(KvEvent.Stored.root(many, many, Tier.DEVICE));
    content.add(KvEvent.Stored.after(50_000, new long[] {-1}, new long[] {5}, Tier.HOST));
    CacheSnapshot snapshot = new CacheSnapshot(TARGET.id(), 7, 12, content);
    List<ResyncPart> parts = parts(snapshot);

    assertThat(parts)
        .hasSizeGreaterThan(2)
        .allMatch(part -> part.getSerializedSize() <= SnapshotParts.PART_BYTES);
    CacheSnapshot back = assembled(parts);
    assertThat(back.asOfEventId()).isEqualTo(12);
    assertThat(digest(back)).isEqualTo(digest(snapshot));
  }

  @Test
  void aCacheWithAHoleInAPrefixMeansTheSame() throws MalformedEventException {
    CacheSnapshot snapshot = holed(LongStream.rangeClosed(1, 10).toArray(), 3, 7);
    CacheSnapshot back = assembled(parts(snapshot));

    assertThat(snapshot.content()).hasAtLeastOneElementOfType(KvEvent.Removed.class);
    assertThat(back).usingRecursiveComparison().isEqualTo(snapshot);
    assertThat(digest(back)).isEqualTo(digest(snapshot));
  }

  @Test
  void manyRemovalsComeInBoundedPartsToo() throws MalformedEventException {
    long[] blocks = LongStream.rangeClosed(1, 150_001).toArray();
    CacheSnapshot snapshot = holed(blocks, LongStream.rangeClosed(1, 150_000).toArray());
    List<ResyncPart> parts = parts(snapshot);

    assertThat(parts).allMatch(part -> part.getSerializedSize() <= SnapshotParts.PART_BYTES);
    CacheSnapshot back = assembled(parts);
    assertThat(digest(back)).isEqualTo(digest(snapshot)).isNotZero();
  }

  @Test
  void aMissingPartIsRefused() {
    List<ResyncPart> parts = parts(twoParts());
    assertThatThrownBy(() -> assembled(parts.subList(1, parts.size())))
        .isInstanceOf(MalformedEventException.class)
        .hasMessage("part 1 comes where 0 is next");
  }

  @Test
  void partsOfTwoSnapshotsDoNotMix() {
    List<ResyncPart> parts = new ArrayList<>(parts(twoParts()));
    parts.set(1, parts.get(1).toBuilder().setAsOfEventId(99).build());
    assertThatThrownBy(() -> assembled(parts))
        .isInstanceOf(MalformedEventException.class)
        .hasMessage("part 1 is of another snapshot than those before it");
  }

  @Test
  void anErrorIsPassedOn() {
    ResyncPart part = ResyncPart.newBuilder().setError("rank 9 does not exist").build();
    assertThatThrownBy(() -> assembled(List.of(part)))
        .isInstanceOf(MalformedEventException.class)
        .hasMessage("the worker refuses: rank 9 does not exist");
  }

  @Test
  void anotherTargetsPartIsRefused() {
    ResyncPart part =
        parts(new CacheSnapshot(new TargetId("other", 1), 7, 0, List.of())).getFirst();
    assertThatThrownBy(() -> assembled(List.of(part)))
        .isInstanceOf(MalformedEventException.class)
        .hasMessage("part is of other/1, not of worker/1");
  }

  @Test
  void aSnapshotThatClearsIsRefused() {
    ResyncPart part =
        parts(new CacheSnapshot(TARGET.id(), 7, 0, List.of(new KvEvent.Cleared()))).getFirst();
    assertThatThrownBy(() -> assembled(List.of(part)))
        .isInstanceOf(MalformedEventException.class)
        .hasMessage("a snapshot stores and removes only, it does not clear");
  }

  /** What an index holds after one run was stored and some of its blocks were removed. */
  private static CacheSnapshot holed(long[] run, long... removed) {
    PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
    index.apply(0, KvEvent.Stored.root(run, run, Tier.DEVICE), 0);
    index.apply(0, new KvEvent.Removed(removed, Tier.DEVICE), 0);
    CacheSnapshot snapshot = new CacheSnapshot(TARGET.id(), 7, 2, index.content(0));
    assertThat(digest(snapshot)).isEqualTo(index.digest(0));
    return snapshot;
  }

  private static CacheSnapshot twoParts() {
    long[] many = LongStream.rangeClosed(1, 60_000).toArray();
    return new CacheSnapshot(
        TARGET.id(), 7, 1, List.of(KvEvent.Stored.root(many, many, Tier.DEVICE)));
  }

  private static List<ResyncPart> parts(CacheSnapshot snapshot) {
    List<ResyncPart> parts = new ArrayList<>();
    SnapshotParts.write(snapshot, 16, parts::add);
    return parts;
  }

  private static CacheSnapshot assembled(List<ResyncPart> parts) throws MalformedEventException {
    SnapshotAssembler assembler = new SnapshotAssembler(TARGET);
    boolean last = false;
    for (ResyncPart part : parts) {
      assertThat(last).isFalse();
      last = assembler.add(SnapshotAssembler.parse(part.toByteArray()));
    }
    assertThat(last).isTrue();
    return assembler.snapshot();
  }

  private static long digest(CacheSnapshot snapshot) {
    PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
    snapshot.content().forEach(event -> index.apply(0, event, 0));
    return index.digest(0);
  }
}
