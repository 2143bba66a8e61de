package dev.warmpath.jmh.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.router.replay.MooncakeRecord;
import it.unimi.dsi.fastutil.ints.IntList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Corpora: what is made, written, read, and judged by. */
final class CorpusTest {
  private static final Path CONVERSATION = Path.of("..").resolve(TraceRows.CONVERSATION);
  private static final CorpusSpec SMALL = new CorpusSpec("small", 2, 12, 1, false, 300, true, 0);

  @TempDir Path folder;

  @Test
  void aCorpusIsReadAsItWasWritten() throws IOException {
    Corpus corpus = small(40);
    Path file = folder.resolve("small.bin");

    CorpusFile.write(corpus, file);

    assertThat(CorpusFile.read(file)).usingRecursiveComparison().isEqualTo(corpus);
    assertThat(corpus.options().flags()).isEqualTo(300 << 1 | 1 << 16);
  }

  @Test
  void aDamagedCorpusIsRefused() throws IOException {
    Path file = folder.resolve("small.bin");
    CorpusFile.write(small(3), file);
    byte[] bytes = Files.readAllBytes(file);
    bytes[70]++;

    assertThatThrownBy(() -> CorpusFile.decode(bytes))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("checksum");
  }

  @Test
  void theConversationTraceGivesThePublishedBytes() throws IOException {
    assumeTrue(Files.exists(CONVERSATION), "the conversation trace is not here");
    TraceRows trace = TraceRows.load(CONVERSATION);

    // One of each kind of eviction; the largest are left to `make bench-peers`.
    for (CorpusSpec spec : CorpusSpec.ALL) {
      if (List.of("w16c16k", "w16c2k-head", "w16c2k-rand-refill").contains(spec.name())) {
        Corpus corpus = CorpusMaker.make(spec, trace.rows());
        int checksum = CorpusFile.checksum(CorpusFile.encode(corpus));
        assertThat(Integer.toHexString(checksum))
            .as(spec.name())
            .isEqualTo(Integer.toHexString(spec.publishedCrc()));
      }
    }
  }

  @Test
  void withoutTheTraceOneOfTheSameSizeIsSynthesized() throws IOException {
    TraceRows trace = TraceRows.load(folder.resolve("none"));

    assertThat(trace.published()).isFalse();
    assertThat(trace.rows()).hasSize(12_031);
  }

  @Test
  void aCacheNeverHoldsMoreThanItsCapacity() {
    Corpus corpus = small(200);
    Held held = new Held(corpus);
    for (int op = 0; op < corpus.ops(); op++) {
      if (!corpus.isQuery(op)) {
        held.apply(op);
      }
    }
    assertThat(held.resident()).isBetween(1L, 2L * SMALL.capacity());
  }

  @Test
  void theHeldScoreEndsAtTheFirstBlockThatIsMissing() {
    Corpus.Builder builder = new Corpus.Builder();
    for (int block = 0; block < 4; block++) {
      builder.block(block, block + 100);
    }
    builder.stored(1, Corpus.NO_BLOCK, IntList.of(0, 1, 2, 3));
    builder.removed(1, IntList.of(1));
    builder.query(1, IntList.of(0, 1, 2, 3));
    builder.stored(1, 0, IntList.of(1));
    Corpus corpus = builder.build(SMALL.options());
    Held held = new Held(corpus);

    held.apply(0);
    assertThat(held.score(1, 2)).isEqualTo(4);
    held.apply(1);
    assertThat(held.score(1, 2)).isEqualTo(1);
    assertThat(held.resident()).isEqualTo(3);
    held.apply(3);
    assertThat(held.score(1, 2)).isEqualTo(4);
    assertThat(held.score(0, 2)).isZero();
  }

  @Test
  void oneRemovalEndsABlockThatWasStoredAgain() {
    Corpus.Builder builder = new Corpus.Builder();
    builder.block(1, 101);
    builder.stored(0, Corpus.NO_BLOCK, IntList.of(0));
    builder.removed(0, IntList.of(0));
    builder.query(0, IntList.of(0));
    Corpus corpus = builder.build(SMALL.options());
    Held held = new Held(corpus);

    held.apply(0);
    held.apply(0);
    assertThat(held.score(0, 2)).isEqualTo(1);
    held.apply(1);
    assertThat(held.score(0, 2)).isZero();
  }

  @Test
  void anOperationIsToldAsTheWorkersEvent() {
    Corpus.Builder builder = new Corpus.Builder();
    builder.block(1, 11);
    builder.block(2, 12);
    builder.stored(0, Corpus.NO_BLOCK, IntList.of(0));
    builder.stored(0, 0, IntList.of(1));
    builder.removed(0, IntList.of(1, 0));
    Corpus corpus = builder.build(SMALL.options());

    assertThat(corpus.event(0))
        .isInstanceOfSatisfying(
            KvEvent.Stored.class, stored -> assertThat(stored.hasParent()).isFalse());
    assertThat(corpus.event(1))
        .isInstanceOfSatisfying(
            KvEvent.Stored.class,
            stored -> {
              assertThat(stored.parentHash()).isEqualTo(11);
              assertThat(stored.engineHashes()).containsExactly(12);
              assertThat(stored.localHashes()).containsExactly(2);
            });
    assertThat(corpus.event(2))
        .isInstanceOfSatisfying(
            KvEvent.Removed.class,
            removed -> assertThat(removed.engineHashes()).containsExactly(12, 11));
  }

  @Test
  void eventsByLengthAllHaveThatLengthAndLeaveFullCaches() {
    Corpus corpus = EventLengthCorpus.make(8, 2, 3, 2);
    Held held = new Held(corpus);
    for (int op = 0; op < corpus.ops(); op++) {
      held.apply(op);
    }
    assertThat(corpus.count()).containsOnly(8);
    assertThat(held.resident()).isEqualTo(2 * 3 * 512);
  }

  /** Requests that share their first id, with a block or two decoded each. */
  private static Corpus small(int requests) {
    List<MooncakeRecord> rows =
        IntStream.range(0, requests)
            .mapToObj(i -> new MooncakeRecord(i, 900, 200, new long[] {0, 1 + i % 3}))
            .toList();
    return CorpusMaker.make(SMALL, rows);
  }
}
