package dev.warmpath.jmh;

import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadLedger;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time to book one prompt of 256 blocks and to end the oldest open booking, with 1,024 open on 16
 * targets. Beside it a rejected way to count common blocks once: a counting map of sequence hashes
 * a target.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class LedgerBenchmark {
  private static final int BLOCKS = 256;
  private static final int BLOCK_SIZE = 64;
  private static final int TARGETS = 16;
  private static final int OPEN = 1_024;

  /** Leading blocks that all prompts have in common; the others are a prompt's own. */
  @Param({"16", "240"})
  public int common;

  private final LoadLedger ledger = new LoadLedger(new LedgerLimits(TARGETS, 1 << 20, 1L << 60), 1);
  private long[][] prompts = {};

  /** Makes more prompts than are open at a time. */
  @Setup
  public void makePrompts() {
    Random random = new Random(1);
    long[] leading = random.longs(common).toArray();
    prompts = new long[4 * OPEN][];
    for (int prompt = 0; prompt < prompts.length; prompt++) {
      prompts[prompt] = random.longs(BLOCKS).toArray();
      System.arraycopy(leading, 0, prompts[prompt], 0, common);
    }
  }

  /** One thread's open bookings. */
  @State(Scope.Thread)
  public static class Open {
    private final long[] bookings = new long[OPEN];
    private int turn;
  }

  /** One thread's counting maps. */
  @State(Scope.Thread)
  public static class Counts {
    private final Long2IntOpenHashMap[] blocks = new Long2IntOpenHashMap[TARGETS];
    private int turn;

    /** As many open prompts as the ledger has. */
    @Setup
    public void fill(LedgerBenchmark benchmark) {
      for (int target = 0; target < TARGETS; target++) {
        blocks[target] = new Long2IntOpenHashMap();
      }
      for (turn = 0; turn < OPEN; turn++) {
        benchmark.add(this, turn);
      }
    }
  }

  /** The ledger, one thread. */
  @Benchmark
  @Threads(1)
  public long bookAndFinish(Open open) {
    return turn(open);
  }

  /** The ledger, two threads. */
  @Benchmark
  @Threads(2)
  public long bookAndFinishOfTwoThreads(Open open) {
    return turn(open);
  }

  private long turn(Open open) {
    int at = open.turn % OPEN;
    int slot = open.turn % TARGETS;
    ledger.finish(open.bookings[at], 0);
    Load load = new Load(slot, slot, BLOCKS * BLOCK_SIZE, BLOCK_SIZE, BLOCK_SIZE);
    open.bookings[at] = ledger.book(load, prompts[open.turn % prompts.length], BLOCKS, 0);
    open.turn++;
    return open.bookings[at];
  }

  /** The counting maps, one thread, and nothing else of a ledger. */
  @Benchmark
  @Threads(1)
  public int countInMaps(Counts counts) {
    remove(counts, counts.turn - OPEN);
    add(counts, counts.turn);
    return counts.blocks[counts.turn++ % TARGETS].size();
  }

  private void add(Counts counts, int turn) {
    Long2IntOpenHashMap blocks = counts.blocks[turn % TARGETS];
    for (long hash : prompts[turn % prompts.length]) {
      blocks.addTo(hash, 1);
    }
  }

  private void remove(Counts counts, int turn) {
    Long2IntOpenHashMap blocks = counts.blocks[turn % TARGETS];
    for (long hash : prompts[turn % prompts.length]) {
      if (blocks.addTo(hash, -1) == 1) {
        blocks.remove(hash);
      }
    }
  }
}
