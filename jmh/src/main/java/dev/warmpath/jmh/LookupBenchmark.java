package dev.warmpath.jmh;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PlainOverlaps;
import dev.warmpath.indexer.index.PlainPrefixIndex;
import dev.warmpath.indexer.index.PrefixIndex;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time to find the overlaps of one prompt with all slots: the index, and others that give the same
 * answers for what {@link LookupWorkload} stores. Those that need the prompt's chained hashes get
 * them for free.
 *
 * <p>An index of 64 M blocks: {@code -p blocks=67108864 -p shape=256x64 -jvmArgs -Xmx20g}, of which
 * {@link #prefixIndex} takes about 7 GB; the baselines need three times as much.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 2,
    jvmArgs = {"-Xms3g", "-Xmx3g"})
public class LookupBenchmark {

  /** The index, filled. */
  @State(Scope.Thread)
  public static class Runs {
    final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
    final Overlaps overlaps = new Overlaps();

    /** Stores the workload. */
    @Setup
    public void fill(LookupWorkload workload) {
      workload.store((slot, prompt, held) -> index.apply(slot, stored(prompt, held), 0L));
    }
  }

  /** The reference of the tests, filled. */
  @State(Scope.Thread)
  public static class Plain {
    final PlainPrefixIndex index = new PlainPrefixIndex(IndexLimits.DEFAULT);
    final PlainOverlaps overlaps = new PlainOverlaps();

    /** Stores the workload. */
    @Setup
    public void fill(LookupWorkload workload) {
      workload.store((slot, prompt, held) -> index.apply(slot, stored(prompt, held), 0L));
    }
  }

  /** The radix tree, filled. */
  @State(Scope.Thread)
  public static class Radix {
    final PointerRadixTree tree = new PointerRadixTree();

    /** Stores the workload. */
    @Setup
    public void fill(LookupWorkload workload) {
      workload.store(tree::store);
    }
  }

  /** The map of bitsets, filled. */
  @State(Scope.Thread)
  public static class Bitsets {
    final SequenceHashMap map = new SequenceHashMap();
    int[] overlaps = {};

    /** Stores the workload. */
    @Setup
    public void fill(LookupWorkload workload) {
      overlaps = new int[workload.slots()];
      workload.store((slot, prompt, held) ->
          map.store(slot, Arrays.copyOf(LookupWorkload.sequenceHashes(prompt), held)));
    }
  }

  /** The map that is asked in jumps, filled. */
  @State(Scope.Thread)
  public static class Jumps {
    final PositionalJumps map = new PositionalJumps();
    int[] overlaps = {};

    /** Stores the workload. */
    @Setup
    public void fill(LookupWorkload workload) {
      overlaps = new int[workload.slots()];
      workload.store(
          (slot, prompt, held) -> map.store(slot, LookupWorkload.sequenceHashes(prompt), held));
    }
  }

  private static KvEvent.Stored stored(long[] prompt, int held) {
    long[] names = Arrays.copyOf(LookupWorkload.sequenceHashes(prompt), held);
    return KvEvent.Stored.root(names, Arrays.copyOf(prompt, held), Tier.DEVICE);
  }

  /** The index, without hashing. */
  @Benchmark
  public Overlaps prefixIndex(LookupWorkload workload, Runs runs) {
    long[] prompt = workload.nextQuery();
    runs.index.match(prompt, prompt.length, runs.overlaps);
    return runs.overlaps;
  }

  /** Baseline: a trie with one node a block. */
  @Benchmark
  public PlainOverlaps baselinePlainIndex(LookupWorkload workload, Plain plain) {
    long[] prompt = workload.nextQuery();
    plain.index.match(prompt, prompt.length, plain.overlaps);
    return plain.overlaps;
  }

  /** Baseline: a radix tree of nodes and pointers, a map as result. */
  @Benchmark
  public Map<Integer, Integer> baselineRadixTree(LookupWorkload workload, Radix radix) {
    return radix.tree.match(workload.nextQuery());
  }

  /** Baseline: one map entry a block. */
  @Benchmark
  public int[] baselineMapOfBitsets(LookupWorkload workload, Bitsets bitsets) {
    bitsets.map.match(workload.nextQuerySequence(), bitsets.overlaps);
    return bitsets.overlaps;
  }

  /** Baseline: the same, asked in jumps. */
  @Benchmark
  public int[] baselinePositionalJumps(LookupWorkload workload, Jumps jumps) {
    jumps.map.match(workload.nextQuerySequence(), jumps.overlaps);
    return jumps.overlaps;
  }
}
