package dev.warmpath.jmh.peers;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** Which core a thread runs on, and for how much of the time it has one. */
final class Cores {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private Cores() {}

  /** Puts this thread on one core; where the system refuses, it stays where it is. */
  @SuppressWarnings("restricted") // the call is to a function of the C library
  static void pin(int core) {
    Linker linker = Linker.nativeLinker();
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle setAffinity =
          linker.downcallHandle(
              linker.defaultLookup().findOrThrow("sched_setaffinity"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.ADDRESS));
      MemorySegment cores = arena.allocateFrom(ValueLayout.JAVA_LONG, 1L << core);
      int refused = (int) setAffinity.invokeExact(0, (long) Long.BYTES, cores);
      if (refused != 0) {
        System.err.println("warmpath: core " + core + " refused");
      }
    } catch (Throwable e) {
      System.err.println("warmpath: no thread can be put on a core here: " + e);
    }
  }

  /** Starts a measure of this thread. */
  static Share share() {
    return new Share(System.nanoTime(), THREADS.getCurrentThreadCpuTime());
  }

  /** From one instant on. */
  record Share(long wallNanos, long cpuNanos) {
    /** The share of the wall time for which this thread had a core. */
    double ran() {
      double cpu = THREADS.getCurrentThreadCpuTime() - cpuNanos;
      return cpu / (System.nanoTime() - wallNanos);
    }
  }
}
