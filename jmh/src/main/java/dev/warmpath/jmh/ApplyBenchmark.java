package dev.warmpath.jmh;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.PlainPrefixIndex;
import dev.warmpath.indexer.index.PrefixIndex;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Time of the writer for one block stored or removed, with the caches of all slots full. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 2,
    jvmArgs = {"-Xms3g", "-Xmx3g"})
public class ApplyBenchmark {

  /** The events that come. */
  @State(Scope.Thread)
  public static class Workload {
    /** Blocks in one event. */
    @Param({"1", "8", "64", "512"})
    public int eventBlocks;

    /** Targets: the tables of one stay in the second-level cache of the CPU, those of 16 do not. */
    @Param({"1"})
    public int slots;

    /** Which block of a prompt goes first. */
    @Param({"TAIL_FIRST"})
    public Eviction eviction = Eviction.TAIL_FIRST;

    Churn churn = new Churn(1, 1, Eviction.TAIL_FIRST);

    /** Makes the events. */
    @Setup
    public void make() {
      churn = new Churn(slots, eventBlocks, eviction);
    }
  }

  /** The index, full. */
  @State(Scope.Thread)
  public static class Runs {
    final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);

    /** Fills the caches. */
    @Setup
    public void fill(Workload workload) {
      workload.churn.fill(this::apply);
    }

    void apply(KvEvent event, int slot) {
      index.apply(slot, event, 0L);
    }
  }

  /** The reference of the tests, full. */
  @State(Scope.Thread)
  public static class Plain {
    final PlainPrefixIndex index = new PlainPrefixIndex(IndexLimits.DEFAULT);

    /** Fills the caches. */
    @Setup
    public void fill(Workload workload) {
      workload.churn.fill(this::apply);
    }

    void apply(KvEvent event, int slot) {
      index.apply(slot, event, 0L);
    }
  }

  /** The map of bitsets, full. */
  @State(Scope.Thread)
  public static class Bitsets {
    final SequenceHashMap map = new SequenceHashMap();

    /** Fills the caches. */
    @Setup
    public void fill(Workload workload) {
      workload.churn.fill(this::apply);
    }

    void apply(KvEvent event, int slot) {
      switch (event) {
        case KvEvent.Stored stored -> map.store(slot, stored.engineHashes());
        case KvEvent.Removed removed -> map.remove(slot, removed.engineHashes());
        case KvEvent.Cleared _ -> throw new IllegalArgumentException("cleared");
      }
    }
  }

  /** The index. */
  @Benchmark
  @OperationsPerInvocation(Churn.BLOCKS_A_TURN)
  public PrefixIndex prefixIndex(Workload workload, Runs runs) {
    workload.churn.turn(runs::apply);
    return runs.index;
  }

  /** Baseline: a trie with one node a block, which gives the same answers. */
  @Benchmark
  @OperationsPerInvocation(Churn.BLOCKS_A_TURN)
  public PlainPrefixIndex baselinePlainIndex(Workload workload, Plain plain) {
    workload.churn.turn(plain::apply);
    return plain.index;
  }

  /** Baseline: one map of bitsets; no copies, no parents. */
  @Benchmark
  @OperationsPerInvocation(Churn.BLOCKS_A_TURN)
  public Object baselineMapOfBitsets(Workload workload, Bitsets bitsets) {
    workload.churn.turn(bitsets::apply);
    return bitsets.map;
  }
}
