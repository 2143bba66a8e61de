package dev.warmpath.jmh;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PrefixIndex;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time of a match of 512 blocks with 16 slots while the writer keeps a pace. Both threads keep a
 * core busy: with fewer cores free, the machine is measured. The time of {@code writer} is that of
 * a turn of 1,024 blocks: the pace, unless it cannot be kept.
 */
@State(Scope.Group)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 2,
    jvmArgs = {"-Xms3g", "-Xmx3g"})
public class MixedBenchmark {
  private static final int SLOTS = 16;
  private static final int EVENT_BLOCKS = 64;

  /** Blocks stored and removed a second. */
  @Param({"250000", "1000000", "4000000"})
  public int blocksPerSecond;

  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final Churn churn = new Churn(SLOTS, EVENT_BLOCKS, Eviction.TAIL_FIRST);
  private final Overlaps overlaps = new Overlaps();
  private long nextTurnNanos;
  private int asked;

  /** Fills the caches. */
  @Setup
  public void fill() {
    churn.fill(this::apply);
    nextTurnNanos = System.nanoTime();
  }

  private void apply(KvEvent event, int slot) {
    index.apply(slot, event, 0L);
  }

  /** The one writer. */
  @Benchmark
  @Group("mixed")
  public PrefixIndex writer() {
    nextTurnNanos += TimeUnit.SECONDS.toNanos(Churn.BLOCKS_A_TURN) / blocksPerSecond;
    while (System.nanoTime() - nextTurnNanos < 0) {
      Thread.onSpinWait();
    }
    churn.turn(this::apply);
    return index;
  }

  /** A reader. */
  @Benchmark
  @Group("mixed")
  public Overlaps reader() {
    long[] prompt = churn.anyPrompt(asked++ & Integer.MAX_VALUE);
    index.match(prompt, prompt.length, overlaps);
    return overlaps;
  }
}
