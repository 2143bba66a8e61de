package dev.warmpath.jmh.grpc;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Calls at fixed times, whatever becomes of the calls before. The latency of a call counts from the
 * time at which it was due, so a stall counts for every call that was due in it.
 */
final class OpenLoop {
  /**
   * Calls that may be open at a time, so that a server which has stopped does not cost this process
   * its memory. A call that is due beyond it is left out and counted.
   */
  static final int MAX_OPEN = 4_096;

  private static final long SPIN_NANOS = 20_000;
  private static final long PATIENCE_NANOS = Duration.ofSeconds(20).toNanos();
  private static final int PR_SET_TIMERSLACK = 29;

  private OpenLoop() {}

  /**
   * What became of the calls.
   *
   * @param nanos of answered calls, from the time at which they were due
   * @param failed calls that ended without an answer
   * @param leftOut calls that were not made since {@link #MAX_OPEN} were open
   */
  record Outcome(Histogram nanos, long failed, long leftOut) {}

  /** Makes {@code perSecond} calls a second for {@code length} and waits for their answers. */
  static Outcome run(Calls calls, int perSecond, Duration length) {
    takeShortNaps();
    Histogram nanos = new ConcurrentHistogram(3);
    AtomicLong ended = new AtomicLong();
    AtomicLong failed = new AtomicLong();
    long due = System.nanoTime();
    long gap = TimeUnit.SECONDS.toNanos(1) / perSecond;
    long count = length.toNanos() / gap;
    long made = 0;
    for (long i = 0; i < count; i++) {
      due += gap;
      waitUntil(due);
      if (made - ended.get() < MAX_OPEN) {
        long wasDue = due;
        calls.start(
            made++,
            answered -> {
              if (answered) {
                nanos.recordValue(System.nanoTime() - wasDue);
              } else {
                failed.incrementAndGet();
              }
              ended.incrementAndGet();
            });
      }
    }
    awaitAll(ended, made);
    return new Outcome(nanos.copy(), failed.get() + made - ended.get(), count - made);
  }

  private static void waitUntil(long due) {
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      if (left > SPIN_NANOS) {
        LockSupport.parkNanos(left - SPIN_NANOS);
      } else {
        Thread.onSpinWait();
      }
    }
  }

  private static void awaitAll(AtomicLong ended, long made) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (ended.get() < made && System.nanoTime() < deadline) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  /** Linux ends a nap up to 50 us late unless told that this thread cares. */
  @SuppressWarnings("restricted") // the call is to a function of the C library
  private static void takeShortNaps() {
    Linker linker = Linker.nativeLinker();
    try {
      int refused =
          (int)
              linker
                  .downcallHandle(
                      linker.defaultLookup().findOrThrow("prctl"),
                      FunctionDescriptor.of(
                          ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG),
                      Linker.Option.firstVariadicArg(1))
                  .invokeExact(PR_SET_TIMERSLACK, 1L);
      if (refused != 0) {
        System.err.println("warmpath: naps end up to 50 us late");
      }
    } catch (Throwable e) {
      System.err.println("warmpath: naps end up to 50 us late: " + e);
    }
  }
}
