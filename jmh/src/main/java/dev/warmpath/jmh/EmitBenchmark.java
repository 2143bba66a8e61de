package dev.warmpath.jmh;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.OverlapGroups;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PrefixIndex;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
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
 * Time of a match of 256 blocks with all that its caller does with the result: nothing, one look at
 * each slot, groups of slots, or a map. Slots hold eight different leading parts.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class EmitBenchmark {
  private static final int BLOCKS = 256;
  private static final int DEPTHS = 8;

  /** How many slots. */
  @Param({"8", "64", "512", "4096"})
  public int slots;

  private final long[] prompt = new Random(1).longs(BLOCKS).toArray();
  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final Overlaps overlaps = new Overlaps();

  /** Fills the index. */
  @Setup
  public void fill() {
    long[] names = LookupWorkload.sequenceHashes(prompt);
    for (int slot = 0; slot < slots; slot++) {
      int held = BLOCKS / DEPTHS * (slot % DEPTHS + 1);
      long[] heldNames = Arrays.copyOf(names, held);
      index.apply(
          slot, KvEvent.Stored.root(heldNames, Arrays.copyOf(prompt, held), Tier.DEVICE), 0L);
    }
  }

  /** The match alone: the depths stand in the result. */
  @Benchmark
  public Overlaps match() {
    index.match(prompt, BLOCKS, overlaps);
    return overlaps;
  }

  /** Each slot's depth is looked at once. */
  @Benchmark
  public long depths() {
    Overlaps found = match();
    long sum = 0;
    for (int slot = 0; slot < slots; slot++) {
      sum += found.deviceBlocks(slot);
    }
    return sum;
  }

  /** Slots by their overlap. */
  @Benchmark
  public OverlapGroups groups() {
    return match().groups(Tier.DEVICE);
  }

  /** Alternative: a map from slot to depth. */
  @Benchmark
  public Map<Integer, Integer> map() {
    Overlaps found = match();
    Map<Integer, Integer> map = new HashMap<>();
    for (int slot = 0; slot < slots; slot++) {
      map.put(slot, found.deviceBlocks(slot));
    }
    return map;
  }
}
