package dev.warmpath.jmh;

import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.OverlapGroups;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PlainOverlaps;
import dev.warmpath.indexer.index.PlainPrefixIndex;
import dev.warmpath.indexer.index.PrefixIndex;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time to find the overlaps of one prompt of 256 blocks with 64 slots. Each slot holds a leading
 * part of its own length of each prompt, from 4 blocks to all 256.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 2,
    jvmArgs = {"-Xms4g", "-Xmx4g"})
public class LookupBenchmark {
  private static final int BLOCKS = 256;
  private static final int SLOTS = 64;

  /** Prompts that take turns: 1 stays in the caches of the CPU, 256 do not. */
  @Param({"1", "256"})
  public int prompts;

  private final List<long[]> localHashes = new ArrayList<>();
  private final List<long[]> sequenceHashes = new ArrayList<>();
  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final PlainPrefixIndex plain = new PlainPrefixIndex(IndexLimits.DEFAULT);
  private final SequenceHashMap map = new SequenceHashMap();
  private final List<Set<Long>> sets = new ArrayList<>();
  private final Overlaps overlaps = new Overlaps();
  private final PlainOverlaps plainOverlaps = new PlainOverlaps();
  private final int[] mapOverlaps = new int[SLOTS];
  private int[] order = {};
  private int turn;

  /** Fills the index and all baselines with the same. */
  @Setup
  public void fill() {
    Random random = new Random(1);
    for (int slot = 0; slot < SLOTS; slot++) {
      sets.add(new HashSet<>());
    }
    for (int prompt = 0; prompt < prompts; prompt++) {
      long[] local = random.longs(BLOCKS).toArray();
      long[] sequence = new long[BLOCKS];
      BlockHasher.sequenceHashes(local, BLOCKS, sequence);
      localHashes.add(local);
      sequenceHashes.add(sequence);
      for (int slot = 0; slot < SLOTS; slot++) {
        int held = (slot + 1) * (BLOCKS / SLOTS);
        long[] names = Arrays.copyOf(sequence, held);
        KvEvent stored = KvEvent.Stored.root(names, Arrays.copyOf(local, held), Tier.DEVICE);
        index.apply(slot, stored, 0L);
        plain.apply(slot, stored, 0L);
        map.store(slot, names);
        Arrays.stream(names).forEach(sets.get(slot)::add);
      }
    }
    order = random.ints(4_096, 0, prompts).toArray();
  }

  /** The index, without hashing. */
  @Benchmark
  public Overlaps prefixIndex() {
    long[] prompt = localHashes.get(next());
    index.match(prompt, prompt.length, overlaps);
    return overlaps;
  }

  /** The index, and the slots by their overlap. */
  @Benchmark
  public OverlapGroups prefixIndexGroups() {
    long[] prompt = localHashes.get(next());
    index.match(prompt, prompt.length, overlaps);
    return overlaps.groups(Tier.DEVICE);
  }

  /** Baseline: a trie with one node a block, which gives the same answers. */
  @Benchmark
  public PlainOverlaps baselinePlainIndex() {
    long[] prompt = localHashes.get(next());
    plain.match(prompt, prompt.length, plainOverlaps);
    return plainOverlaps;
  }

  /** Baseline: one map of bitsets; its chained hashes are taken as given. */
  @Benchmark
  public int[] baselineMapOfBitsets() {
    map.match(sequenceHashes.get(next()), mapOverlaps);
    return mapOverlaps;
  }

  /** Baseline: one set of sequence hashes a slot, scanned slot by slot. */
  @Benchmark
  public int[] baselineSetPerSlot() {
    long[] prompt = sequenceHashes.get(next());
    for (int slot = 0; slot < SLOTS; slot++) {
      Set<Long> held = sets.get(slot);
      int depth = 0;
      while (depth < prompt.length && held.contains(prompt[depth])) {
        depth++;
      }
      mapOverlaps[slot] = depth;
    }
    return mapOverlaps;
  }

  private int next() {
    return order[turn++ & (order.length - 1)];
  }
}
