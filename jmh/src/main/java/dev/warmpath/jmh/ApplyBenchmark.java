package dev.warmpath.jmh;

import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.PlainPrefixIndex;
import dev.warmpath.indexer.index.PrefixIndex;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
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

/**
 * Time of the writer for one block stored or removed, with one slot's cache of 16,384 blocks full:
 * every prompt of 64 blocks that comes makes the oldest one go, tail first.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 2,
    jvmArgs = {"-Xms2g", "-Xmx2g"})
public class ApplyBenchmark {
  private static final int PROMPT_BLOCKS = 64;
  private static final int HELD_PROMPTS = 16_384 / PROMPT_BLOCKS;
  private static final int SLOT = 5;

  /** Blocks in one event. */
  @Param({"1", "8", "64"})
  public int eventBlocks;

  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final PlainPrefixIndex plain = new PlainPrefixIndex(IndexLimits.DEFAULT);
  private final SequenceHashMap map = new SequenceHashMap();
  private final List<Prompt> prompts = new ArrayList<>();
  private int turn;

  /** The events of one prompt's life. */
  private record Prompt(List<KvEvent.Stored> stores, List<KvEvent.Removed> removals) {}

  /** Makes twice as many prompts as fit, and fills the caches. */
  @Setup
  public void fill() {
    Random random = new Random(1);
    for (int i = 0; i < 2 * HELD_PROMPTS; i++) {
      prompts.add(prompt(random.longs(PROMPT_BLOCKS).toArray()));
    }
    for (Prompt prompt : prompts.subList(0, HELD_PROMPTS)) {
      prompt.stores.forEach(stored -> index.apply(SLOT, stored, 0L));
      prompt.stores.forEach(stored -> plain.apply(SLOT, stored, 0L));
      prompt.stores.forEach(stored -> map.store(SLOT, stored.engineHashes()));
    }
    turn = HELD_PROMPTS;
  }

  private Prompt prompt(long[] local) {
    long[] names = new long[local.length];
    BlockHasher.sequenceHashes(local, local.length, names);
    Prompt prompt = new Prompt(new ArrayList<>(), new ArrayList<>());
    for (int from = 0; from < local.length; from += eventBlocks) {
      long[] engineHashes = Arrays.copyOfRange(names, from, from + eventBlocks);
      long[] localHashes = Arrays.copyOfRange(local, from, from + eventBlocks);
      prompt.stores.add(
          from == 0
              ? KvEvent.Stored.root(engineHashes, localHashes, Tier.DEVICE)
              : KvEvent.Stored.after(names[from - 1], engineHashes, localHashes, Tier.DEVICE));
      prompt.removals.addFirst(new KvEvent.Removed(reversed(engineHashes), Tier.DEVICE));
    }
    return prompt;
  }

  private static long[] reversed(long[] hashes) {
    long[] reversed = new long[hashes.length];
    Arrays.setAll(reversed, i -> hashes[hashes.length - 1 - i]);
    return reversed;
  }

  /** The index. */
  @Benchmark
  @OperationsPerInvocation(2 * PROMPT_BLOCKS)
  public PrefixIndex prefixIndex() {
    for (KvEvent.Removed removed : oldest().removals) {
      index.apply(SLOT, removed, 0L);
    }
    for (KvEvent.Stored stored : newest().stores) {
      index.apply(SLOT, stored, 0L);
    }
    turn++;
    return index;
  }

  /** Baseline: a trie with one node a block, which gives the same answers. */
  @Benchmark
  @OperationsPerInvocation(2 * PROMPT_BLOCKS)
  public PlainPrefixIndex baselinePlainIndex() {
    for (KvEvent.Removed removed : oldest().removals) {
      plain.apply(SLOT, removed, 0L);
    }
    for (KvEvent.Stored stored : newest().stores) {
      plain.apply(SLOT, stored, 0L);
    }
    turn++;
    return plain;
  }

  /** Baseline: one map of bitsets; no copies, no parents. */
  @Benchmark
  @OperationsPerInvocation(2 * PROMPT_BLOCKS)
  public Object baselineMapOfBitsets() {
    for (KvEvent.Removed removed : oldest().removals) {
      map.remove(SLOT, removed.engineHashes());
    }
    for (KvEvent.Stored stored : newest().stores) {
      map.store(SLOT, stored.engineHashes());
    }
    turn++;
    return map;
  }

  private Prompt oldest() {
    return prompts.get((turn - HELD_PROMPTS) % prompts.size());
  }

  private Prompt newest() {
    return prompts.get(turn % prompts.size());
  }
}
