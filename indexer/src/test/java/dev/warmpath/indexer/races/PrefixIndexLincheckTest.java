package dev.warmpath.indexer.races;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.indexer.testing.ReferenceIndex;
import java.util.Arrays;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/**
 * One writer and two readers: each overlap that a reader finds is one that {@link ReferenceIndex}
 * had at some instant of the match, and readers never wait.
 *
 * <p>So strong a promise holds for one slot whose blocks come and go one by one at its tail. Where
 * holes reach over two runs, a match may put together what was not true at once: {@link
 * PrefixIndexRaces.HoleBetweenRuns}.
 */
class PrefixIndexLincheckTest {
  private static final int LONGER = Boolean.getBoolean("warmpath.long") ? 5 : 1;

  @Test
  void everyInterleavingHasAnOrder() {
    new ModelCheckingOptions()
        .iterations(10 * LONGER)
        .invocationsPerIteration(200)
        .threads(2)
        .actorsBefore(1)
        .actorsPerThread(2)
        .actorsAfter(0)
        .checkObstructionFreedom(true)
        .sequentialSpecification(Reference.class)
        .check(Indexed.class);
  }

  @Test
  void stressHasAnOrder() {
    new StressOptions()
        .iterations(10 * LONGER)
        .invocationsPerIteration(300)
        .threads(3)
        .actorsBefore(2)
        .actorsPerThread(4)
        .actorsAfter(1)
        .sequentialSpecification(Reference.class)
        .check(Indexed.class);
  }

  /** The index as Lincheck uses it. */
  @Param(name = "slot", gen = IntGen.class, conf = "0:1")
  @Param(name = "block", gen = IntGen.class, conf = "0:1")
  @Param(name = "prompt", gen = IntGen.class, conf = "0:1")
  public static final class Indexed extends Chains {
    private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);

    public Indexed() {
      storeFirst(index::apply);
    }

    /** The slot goes on by one block, of two that are possible. */
    @Operation(
        nonParallelGroup = "writer",
        params = {"slot", "block"})
    public void store(int slot, int block) {
      index.apply(slot, longer(slot, block), 0L);
    }

    /** The slot loses its last block. */
    @Operation(nonParallelGroup = "writer", params = "slot")
    public void remove(int slot) {
      if (!isEmpty(slot)) {
        index.apply(slot, shorter(slot), 0L);
      }
    }

    /** One of eight prompts. */
    @Operation(params = {"slot", "prompt"})
    public int overlap(int slot, int prompt) {
      long[] blocks = prompt(prompt);
      Overlaps overlaps = new Overlaps();
      index.match(blocks, blocks.length, overlaps);
      return overlaps.deviceBlocks(slot);
    }
  }

  /** The same with the reference. */
  public static final class Reference extends Chains {
    private final ReferenceIndex index = new ReferenceIndex(0, 0L);

    public Reference() {
      storeFirst(index::apply);
    }

    public void store(int slot, int block) {
      index.apply(slot, longer(slot, block), 0L);
    }

    public void remove(int slot) {
      if (!isEmpty(slot)) {
        index.apply(slot, shorter(slot), 0L);
      }
    }

    public int overlap(int slot, int prompt) {
      return index.overlap(slot, prompt(prompt), Tier.DEVICE);
    }
  }

  /** The chain of each slot, and the events that change it. The writer's own. */
  abstract static class Chains {
    private static final int MOST_BLOCKS = 3;

    private final long[][] chains = {{}, {}};

    /** Applies an event. */
    interface Apply {
      boolean apply(int slot, KvEvent event, long nowNanos);
    }

    /** Both slots hold the same two blocks at first. */
    void storeFirst(Apply index) {
      for (int slot = 0; slot < chains.length; slot++) {
        for (int block = 0; block < 2; block++) {
          index.apply(slot, longer(slot, 0), 0L);
        }
      }
    }

    boolean isEmpty(int slot) {
      return chains[slot].length == 0;
    }

    /** A slot whose chain is full loses a block that it does not hold: nothing. */
    KvEvent longer(int slot, int block) {
      long[] before = chains[slot];
      if (before.length < MOST_BLOCKS) {
        chains[slot] = Arrays.copyOf(before, before.length + 1);
        chains[slot][before.length] = 1L + block;
        long[] name = {name(chains[slot])};
        long[] local = {1L + block};
        return before.length == 0
            ? KvEvent.Stored.root(name, local, Tier.DEVICE)
            : KvEvent.Stored.after(name(before), name, local, Tier.DEVICE);
      }
      return new KvEvent.Removed(new long[] {Long.MAX_VALUE}, Tier.DEVICE);
    }

    KvEvent shorter(int slot) {
      long[] before = chains[slot];
      chains[slot] = Arrays.copyOf(before, before.length - 1);
      return new KvEvent.Removed(new long[] {name(before)}, Tier.DEVICE);
    }

    /** The blocks of a chain, as the digits of a number. */
    private static long name(long[] chain) {
      long name = 0;
      for (long block : chain) {
        name = 3 * name + block;
      }
      return name;
    }

    static long[] prompt(int number) {
      return new long[] {1L, 1L + number, 1L};
    }
  }
}
