package dev.warmpath.jmh.soak;

import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PrefixIndex;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/** Looks up sessions at a steady pace until it is told to end. */
final class SoakReader implements Runnable {
  /** Lookups follow one another in small groups, so that the thread may sleep between them. */
  private static final int LOOKUPS_A_GROUP = 10;

  private static final long GROUP_NANOS = 10_000_000L;
  private static final long LONGEST_NANOS = 10_000_000_000L;

  private final PrefixIndex index;
  private final Sessions sessions;
  private final Random random;
  private final SingleWriterRecorder recorder = new SingleWriterRecorder(1, LONGEST_NANOS, 3);
  private final long[] prompt = new long[Sessions.MOST_BLOCKS];
  private final Overlaps overlaps = new Overlaps();
  private volatile boolean ended;

  SoakReader(PrefixIndex index, Sessions sessions, long seed) {
    this.index = index;
    this.sessions = sessions;
    this.random = new Random(seed);
  }

  @Override
  public void run() {
    long next = System.nanoTime();
    while (!ended) {
      for (int i = 0; i < LOOKUPS_A_GROUP; i++) {
        lookup();
      }
      next = Math.max(next + GROUP_NANOS, System.nanoTime() - GROUP_NANOS);
      LockSupport.parkNanos(next - System.nanoTime());
    }
  }

  private void lookup() {
    Sessions.Turn turn = sessions.any(random);
    for (int i = 0; i < turn.blocks(); i++) {
      prompt[i] = Sessions.localHash(turn.session(), i);
    }
    long start = System.nanoTime();
    index.match(prompt, turn.blocks(), overlaps);
    recorder.recordValue(Math.min(System.nanoTime() - start, LONGEST_NANOS));
  }

  /** Durations since the last call, nanoseconds. One thread at a time. */
  Histogram takeDurations() {
    return recorder.getIntervalHistogram();
  }

  /** Any thread. */
  void end() {
    ended = true;
  }
}
