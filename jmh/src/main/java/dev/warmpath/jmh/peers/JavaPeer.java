package dev.warmpath.jmh.peers;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.RepeatedStores;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PrefixIndex;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * What the index is measured by, in one process: {@code JavaPeer warmpath MEASURE CORPUS} prints
 * one line of {@code name=value}. The programs in {@code jmh/peers} do the same for the others; a
 * change here is a change there.
 */
final class JavaPeer {
  private static final long FIRST_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long BUSY_NANOS = TimeUnit.SECONDS.toNanos(3);
  private static final int BUSY_WINDOW = 2_048;
  private static final int LOOKUP_SAMPLES = 120_000;

  private final Corpus corpus;

  /** Stores and removals, in order. */
  private final int[] writes;

  private JavaPeer(Corpus corpus) {
    this.corpus = corpus;
    writes = IntStream.range(0, corpus.ops()).filter(op -> !corpus.isQuery(op)).toArray();
  }

  /** Runs one measure. */
  public static void main(String[] args) throws IOException, InterruptedException {
    JavaPeer peer = new JavaPeer(CorpusFile.read(Path.of(args[2])));
    switch (args[1]) {
      case "scores" -> peer.scores();
      case "apply" -> peer.apply();
      case "lookup" -> peer.lookup();
      case "busy" -> peer.busy();
      case "bytes" -> peer.bytes();
      default -> throw new IllegalArgumentException("no measure " + args[1]);
    }
  }

  /** An index whose workers mean nothing new by a repeated store, as the corpora do. */
  private PrefixIndex newIndex() {
    PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
    for (int worker = 0; worker < corpus.workers(); worker++) {
      index.admit(worker, IndexLimits.MOST_BLOCKS_PER_TARGET, RepeatedStores.TOLD_AGAIN);
    }
    return index;
  }

  /** Before each query every worker's score is held against what it really holds. */
  private void scores() {
    PrefixIndex index = newIndex();
    Overlaps overlaps = new Overlaps();
    Held held = new Held(corpus);
    long over = 0;
    long under = 0;
    for (int op = 0; op < corpus.ops(); op++) {
      if (!corpus.isQuery(op)) {
        index.apply(corpus.worker()[op], corpus.event(op), 0L);
        held.apply(op);
        continue;
      }
      long[] query = corpus.localHashes(op);
      index.match(query, query.length, overlaps);
      for (int worker = 0; worker < corpus.workers(); worker++) {
        int wrongBy = overlaps.deviceBlocks(worker) - held.score(worker, op);
        over += wrongBy > 0 ? 1 : 0;
        under += wrongBy < 0 ? 1 : 0;
      }
    }
    print("over=%d under=%d".formatted(over, under));
  }

  /**
   * Time of one writer thread for a block. A corpus without queries is first filled, up to its
   * first removal, outside the clock.
   */
  private void apply() {
    Cores.pin(1);
    Events events = new Events(0, corpus.ops());
    int from = 0;
    while (writes.length == corpus.ops() && corpus.kind()[writes[from]] != Corpus.REMOVED) {
      from++;
    }
    double firstSecond = events.applyForOneSecond();
    WarmUp warmUp = new WarmUp(System.nanoTime());
    do {
      long start = System.nanoTime();
      events.apply(newIndex(), 0, events.count());
      long now = System.nanoTime();
      warmUp.round((double) (now - start), now);
    } while (!warmUp.isOver());
    PrefixIndex index = newIndex();
    events.apply(index, 0, from);
    collectGarbage();
    Cores.Share share = Cores.share();
    long clock = System.nanoTime();
    events.apply(index, from, events.count());
    long nanos = System.nanoTime() - clock;
    double ran = share.ran();
    print(
        "ns_per_block=%.2f ran=%.3f first_ns_per_block=%.2f %s"
            .formatted(
                (double) nanos / events.blocks(from, events.count()),
                ran,
                firstSecond,
                warmUp.figure()));
  }

  /** The last fifth of the requests, after all events. */
  private void lookup() {
    Cores.pin(1);
    PrefixIndex index = newIndex();
    for (int op : writes) {
      index.apply(corpus.worker()[op], corpus.event(op), 0L);
    }
    long[][] queries = queries();
    long[][] recent = Arrays.copyOfRange(queries, queries.length * 4 / 5, queries.length);
    collectGarbage();
    Lookups lookups = new Lookups(index);
    Samples first = new Samples();
    long start = System.nanoTime();
    for (int i = 0; System.nanoTime() - start < FIRST_NANOS; i++) {
      first.add(lookups.time(recent[i % recent.length]));
    }
    WarmUp warmUp = new WarmUp(start);
    while (!warmUp.isOver()) {
      long from = System.nanoTime();
      lookups.timeAll(recent, new Samples());
      long now = System.nanoTime();
      warmUp.round((double) (now - from), now);
    }
    Samples samples = new Samples();
    Cores.Share share = Cores.share();
    while (samples.count() < LOOKUP_SAMPLES) {
      lookups.timeAll(recent, samples);
    }
    print(
        "%s ran=%.3f clock=%d result=depth-array %s %s"
            .formatted(
                samples.line(""),
                share.ran(),
                clockNanos(),
                first.line("first_"),
                warmUp.figure()));
  }

  /**
   * The second half of the corpus is applied at 1 M block operations a second on core 0. This
   * thread, on core 1, releases the events and looks up one of the latest requests between. The
   * whole is done again until it is warm; the last time counts.
   */
  private void busy() throws InterruptedException {
    int half = corpus.ops() / 2;
    Events before = new Events(0, half);
    Events after = new Events(half, corpus.ops());
    long[][] queries = queries();
    Cores.pin(1);
    WarmUp warmUp = new WarmUp(System.nanoTime());
    Busy busy = new Busy(half, before, after, queries);
    final Samples first = busy.first;
    busy.run();
    warmUp.round(busy.samples.median(), System.nanoTime());
    while (!warmUp.isOver()) {
      busy = new Busy(half, before, after, queries);
      busy.run();
      warmUp.round(busy.samples.median(), System.nanoTime());
    }
    String line = new Busy(half, before, after, queries).run();
    print("%s %s %s".formatted(line, first.line("first_"), warmUp.figure()));
  }

  /** Heap in use after the corpus and a full collection, for each block that a worker holds. */
  private void bytes() {
    Held held = new Held(corpus);
    for (int op : writes) {
      held.apply(op);
    }
    long usedBefore = collectGarbage();
    PrefixIndex index = newIndex();
    for (int op : writes) {
      index.apply(corpus.worker()[op], corpus.event(op), 0L);
    }
    double used = collectGarbage() - usedBefore;
    // Told after the collections, so that neither could be collected.
    long resident = held.resident();
    long stored = index.counters().storedBlocks();
    print("per_block=%.2f resident=%d stored=%d".formatted(used / resident, resident, stored));
  }

  private long[][] queries() {
    return IntStream.range(0, corpus.ops())
        .filter(corpus::isQuery)
        .mapToObj(corpus::localHashes)
        .toArray(long[][]::new);
  }

  /** Returns the bytes of the heap that are left in use. */
  private static long collectGarbage() {
    System.gc();
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  /** What a lookup of nothing would be timed at. */
  private static int clockNanos() {
    Samples samples = new Samples();
    for (int i = 0; i < 100_000; i++) {
      long start = System.nanoTime();
      samples.add(System.nanoTime() - start);
    }
    return samples.median();
  }

  private static void print(String line) {
    System.out.println(line);
  }

  /** Events of a part of the corpus, made before any clock starts. */
  private final class Events {
    private final List<KvEvent> events = new ArrayList<>();
    private final int[] ops;

    Events(int from, int to) {
      ops = Arrays.stream(writes).filter(op -> op >= from && op < to).toArray();
      for (int op : ops) {
        events.add(corpus.event(op));
      }
    }

    int count() {
      return ops.length;
    }

    long blocks(int from, int to) {
      return IntStream.range(from, to).mapToLong(i -> corpus.count()[ops[i]]).sum();
    }

    void apply(PrefixIndex index, int from, int to) {
      for (int i = from; i < to; i++) {
        index.apply(corpus.worker()[ops[i]], events.get(i), 0L);
      }
    }

    /** Nanoseconds for a block in the first second of this JVM's life with the index. */
    double applyForOneSecond() {
      long blocks = 0;
      long start = System.nanoTime();
      long now = start;
      PrefixIndex index = newIndex();
      for (int i = 0; i < count() && now - start < FIRST_NANOS; i++) {
        apply(index, i, i + 1);
        blocks += corpus.count()[ops[i]];
        now = System.nanoTime();
      }
      return (double) (now - start) / blocks;
    }
  }

  /** Timed lookups, each into a buffer and a result of its own that are used again. */
  private static final class Lookups {
    private final PrefixIndex index;
    private final Overlaps overlaps = new Overlaps();
    private long[] buffer = {};

    Lookups(PrefixIndex index) {
      this.index = index;
    }

    long time(long[] query) {
      if (buffer.length < query.length) {
        buffer = new long[query.length];
      }
      System.arraycopy(query, 0, buffer, 0, query.length);
      long start = System.nanoTime();
      index.match(buffer, query.length, overlaps);
      long nanos = System.nanoTime() - start;
      return nanos;
    }

    void timeAll(long[][] queries, Samples samples) {
      for (long[] query : queries) {
        samples.add(time(query));
      }
    }
  }

  /** Lookups beside a paced writer, once. */
  private final class Busy {
    private static final double BLOCKS_PER_NANO = 1e-3;

    final Samples first = new Samples();
    private final Samples samples = new Samples();
    private final int half;
    private final Events after;
    private final long[][] queries;
    private final PrefixIndex index = newIndex();

    /** Events that the writer may apply. */
    private final AtomicInteger released = new AtomicInteger();

    Busy(int half, Events before, Events after, long[][] queries) {
      this.half = half;
      this.after = after;
      this.queries = queries;
      before.apply(index, 0, before.count());
      collectGarbage();
    }

    String run() throws InterruptedException {
      Thread writer = Thread.ofPlatform().daemon().start(this::write);
      Lookups lookups = new Lookups(index);
      int asked = (int) IntStream.range(0, half).filter(corpus::isQuery).count();
      int sent = 0;
      long random = 1;
      double blocks = 0;
      Cores.Share share = Cores.share();
      long start = System.nanoTime();
      long elapsed = 0;
      for (int op = half; op < corpus.ops() && elapsed < BUSY_NANOS; ) {
        for (; op < corpus.ops() && blocks <= elapsed * BLOCKS_PER_NANO; op++) {
          if (corpus.isQuery(op)) {
            asked++;
          } else {
            blocks += corpus.count()[op];
            released.setRelease(++sent);
          }
        }
        random = random * 6364136223846793005L + 1442695040888963407L;
        int back = 1 + (int) ((random >>> 33) % BUSY_WINDOW);
        long nanos = lookups.time(queries[Math.max(asked - back, 0)]);
        samples.add(nanos);
        elapsed = System.nanoTime() - start;
        if (elapsed < FIRST_NANOS) {
          first.add(nanos);
        }
      }
      double ran = share.ran();
      released.setRelease(-sent - 1);
      writer.join();
      double lag = (System.nanoTime() - start - elapsed) * 1e-6;
      return "%s ran=%.3f mops=%.3f lag_ms=%.2f"
          .formatted(samples.line(""), ran, blocks * 1e3 / elapsed, lag);
    }

    /** Applies what is released; a negative number is the complement of the last of it. */
    private void write() {
      Cores.pin(0);
      int applied = 0;
      for (int upTo = 0; upTo >= 0; ) {
        upTo = released.getAcquire();
        int end = upTo < 0 ? ~upTo : upTo;
        if (applied == end) {
          Thread.onSpinWait();
        }
        after.apply(index, applied, end);
        applied = end;
      }
    }
  }
}
