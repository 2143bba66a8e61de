package dev.warmpath.jmh.soak;

import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.IndexSize;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.indexer.testing.Step;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/**
 * One index under one kind of churn: a fleet publishes at a steady pace, one target restarts every
 * {@link #RESTART}, and readers look sessions up meanwhile. The thread that runs it is the index's
 * writer.
 */
final class SoakPhase {
  static final Duration RESTART = Duration.ofSeconds(30);

  /** Rows of the table. */
  private static final int INTERVALS = 20;

  private static final int READERS = 2;
  private static final int BLOCKS_A_SECOND = 200_000;
  private static final int TICKS_A_SECOND = 100;
  private static final long TICK_NANOS = 1_000_000_000L / TICKS_A_SECOND;
  private static final int QUESTIONS_AN_INTERVAL = 300;

  /** Before the first interval: the caches are full, and the compiler has had its time. */
  private static final Duration WARM_UP = Duration.ofSeconds(15);

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Duration length;
  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final SoakFleet fleet;
  private final List<SoakReader> readers = new ArrayList<>();
  private final Sessions sessions;
  private final long seed;

  private long appliedBlocks;
  private long applyNanos;
  private long nextRestart = Long.MAX_VALUE;

  SoakPhase(double holeRate, long seed, Duration length) {
    this.seed = seed;
    this.length = length;
    Random random = new Random(seed);
    this.sessions = new Sessions(random);
    this.fleet = new SoakFleet(sessions, holeRate, random);
  }

  /** Runs for its length; each interval is printed and handed over when it ends. */
  List<Interval> run(Consumer<Interval> each) throws InterruptedException {
    fill();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      SoakReader reader = new SoakReader(index, sessions, seed + 1 + i);
      readers.add(reader);
      threads.add(Thread.ofPlatform().daemon().name("soak-reader-" + i).start(reader));
    }
    try {
      return measure(each);
    } finally {
      readers.forEach(SoakReader::end);
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  private void fill() {
    while (!fleet.isFull()) {
      fleet.turn();
      apply();
    }
  }

  private List<Interval> measure(Consumer<Interval> each) {
    long start = System.nanoTime();
    long next = churnUntil(start + WARM_UP.toNanos(), start);
    startInterval();
    start = next;
    nextRestart = start + RESTART.toNanos();
    List<Interval> intervals = new ArrayList<>();
    for (int i = 1; i <= INTERVALS; i++) {
      next = churnUntil(start + length.toNanos() * i / INTERVALS, next);
      Interval interval = interval(length.toSeconds() * i / INTERVALS);
      System.out.println(interval.line((double) length.toSeconds() / INTERVALS));
      each.accept(interval);
      intervals.add(interval);
      startInterval();
    }
    return intervals;
  }

  /** Applies events tick by tick. Returns when the next tick is due. */
  private long churnUntil(long end, long firstTick) {
    long next = firstTick;
    while (next - end < 0) {
      if (next - nextRestart >= 0) {
        nextRestart += RESTART.toNanos();
        fleet.restart();
      }
      while (fleet.blocksOfSteps() < BLOCKS_A_SECOND / TICKS_A_SECOND) {
        fleet.turn();
      }
      apply();
      next += TICK_NANOS;
      LockSupport.parkNanos(next - System.nanoTime());
    }
    return next;
  }

  private void apply() {
    appliedBlocks += fleet.blocksOfSteps();
    List<Step> steps = fleet.takeSteps();
    long before = THREADS.getCurrentThreadCpuTime();
    for (Step step : steps) {
      switch (step) {
        case Step.Apply applied -> index.apply(applied.slot(), applied.event(), applied.nowNanos());
        case Step.Release released -> index.release(released.slot());
        case Step.Expire expired -> index.tidy(expired.slot(), expired.nowNanos());
      }
    }
    applyNanos += THREADS.getCurrentThreadCpuTime() - before;
  }

  private void startInterval() {
    readers.forEach(SoakReader::takeDurations);
    appliedBlocks = 0;
    applyNanos = 0;
  }

  private Interval interval(long seconds) {
    Histogram durations = new Histogram(3);
    readers.forEach(reader -> durations.add(reader.takeDurations()));
    return new Interval(
        seconds,
        heapAfterCollection(),
        fleet.heldBlocks(),
        IndexSize.blocks(index),
        IndexSize.runs(index),
        durations.getTotalCount(),
        durations.getValueAtPercentile(50),
        durations.getValueAtPercentile(99),
        appliedBlocks,
        (double) applyNanos / appliedBlocks,
        fleet.wrongOverlaps(index, QUESTIONS_AN_INTERVAL),
        fleet.restarts());
  }

  private static long heapAfterCollection() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
