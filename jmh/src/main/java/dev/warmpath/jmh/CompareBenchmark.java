package dev.warmpath.jmh;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
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
 * Time to find where a prompt parts from a run, over hashes that differ in the last one. The run
 * begins at another place of its cache line than the prompt.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class CompareBenchmark {
  private static final int PROMPT_FROM = 3;

  /** How many hashes. */
  @Param({"4", "16", "64", "256", "1024", "4096"})
  public int hashes;

  private long[] run = {};
  private long[] prompt = {};
  private MemorySegment runSegment = MemorySegment.NULL;
  private MemorySegment promptSegment = MemorySegment.NULL;

  /** Makes two arrays that are alike but for the last hash. */
  @Setup
  public void make() {
    run = new Random(1).longs(hashes).toArray();
    prompt = new long[PROMPT_FROM + hashes];
    System.arraycopy(run, 0, prompt, PROMPT_FROM, hashes);
    prompt[PROMPT_FROM + hashes - 1]++;
    runSegment = MemorySegment.ofArray(run);
    promptSegment = MemorySegment.ofArray(prompt);
  }

  /** What the index uses. */
  @Benchmark
  public int mismatch() {
    return Arrays.mismatch(run, 0, hashes, prompt, PROMPT_FROM, PROMPT_FROM + hashes);
  }

  /** Alternative: a loop. */
  @Benchmark
  public int loop() {
    for (int i = 0; i < hashes; i++) {
      if (run[i] != prompt[PROMPT_FROM + i]) {
        return i;
      }
    }
    return -1;
  }

  /** Alternative: memory segments over the same arrays. */
  @Benchmark
  public long segments() {
    long from = (long) PROMPT_FROM * Long.BYTES;
    long length = (long) hashes * Long.BYTES;
    return MemorySegment.mismatch(runSegment, 0, length, promptSegment, from, from + length);
  }
}
