package dev.warmpath.indexer.races;

import static dev.warmpath.indexer.races.RacedIndex.chain;
import static dev.warmpath.indexer.races.RacedIndex.join;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.Overlaps;
import java.util.Arrays;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * What one match may say while the writer is at work. In each race slot 0 is the one that changes,
 * unless said otherwise; an outcome is the overlaps that the reader found.
 */
public final class PrefixIndexRaces {
  private PrefixIndexRaces() {}

  /** A first run becomes visible, and with it a slot that nobody knew. */
  @JCStressTest
  @Outcome(id = "0, 2", expect = ACCEPTABLE, desc = "before the store")
  @Outcome(id = "3, 2", expect = ACCEPTABLE, desc = "after it")
  @Outcome(expect = FORBIDDEN, desc = "part of an event, or another slot's blocks gone")
  @State
  public static class Publication {
    private static final long[] PROMPT = chain(1, 3);
    private final RacedIndex index = new RacedIndex();

    public Publication() {
      index.store(1, PROMPT, 0, 2);
    }

    @Actor
    public void writer() {
      index.store(100, PROMPT);
    }

    @Actor
    public void reader(II_Result r) {
      Overlaps overlaps = index.match(PROMPT);
      r.r1 = overlaps.deviceBlocks(100);
      r.r2 = overlaps.deviceBlocks(1);
    }
  }

  /** A run grows beyond its arrays while its only holder goes on. */
  @JCStressTest
  @Outcome(id = "2", expect = ACCEPTABLE, desc = "before the store")
  @Outcome(id = "40", expect = ACCEPTABLE, desc = "after it")
  @Outcome(
      id = "[3-9]|[12][0-9]|3[0-9]",
      expect = ACCEPTABLE_INTERESTING,
      desc = "the blocks of the event that were there when the reader compared")
  @Outcome(expect = FORBIDDEN, desc = "less than was held all the time, or more than ever")
  @State
  public static class Growth {
    private static final long[] CHAIN = chain(1, 40);
    private static final long[] PROMPT = chain(1, 41);
    private final RacedIndex index = new RacedIndex();

    public Growth() {
      index.store(0, CHAIN, 0, 2);
    }

    @Actor
    public void writer() {
      index.store(0, CHAIN, 2, 40);
    }

    @Actor
    public void reader(I_Result r) {
      r.r1 = index.depth(0, PROMPT);
    }
  }

  /**
   * A run loses its tail and grows another one over the same places; the prompt goes on with the
   * beginning of the one and the end of the other.
   */
  @JCStressTest
  @Outcome(id = "15", expect = ACCEPTABLE, desc = "the old tail, up to its last block")
  @Outcome(id = "8", expect = ACCEPTABLE, desc = "no tail, or the other one")
  @Outcome(id = "9|1[0-4]", expect = ACCEPTABLE_INTERESTING, desc = "part of the old tail")
  @Outcome(expect = FORBIDDEN, desc = "a chain that nobody ever held, or less than the head")
  @State
  public static class TornWindow {
    private static final int HEAD = 8;
    private static final int ALL = 16;
    private static final long[] OLD = chain(1, ALL);
    private static final long[] NEW = withTail(1_000, 2_000);
    private static final long[] NEITHER = withTail(1 + HEAD, 2_000);
    private final RacedIndex index = new RacedIndex();

    public TornWindow() {
      index.store(0, OLD);
    }

    private static long[] withTail(long first, long last) {
      long[] chain = join(Arrays.copyOf(OLD, HEAD), chain(first, ALL - HEAD));
      chain[ALL - 1] = last;
      return chain;
    }

    @Actor
    public void writer() {
      index.remove(0, OLD, HEAD, ALL);
      index.store(0, NEW, HEAD, ALL);
    }

    @Actor
    public void reader(I_Result r) {
      r.r1 = index.depth(0, NEITHER);
    }
  }

  /** A target leaves and another one takes over its slot. */
  @JCStressTest
  @Outcome(id = "3, 2", expect = ACCEPTABLE, desc = "the old target")
  @Outcome(id = "0, 2", expect = ACCEPTABLE, desc = "nobody")
  @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "the next target")
  @Outcome(
      id = "2, 2",
      expect = ACCEPTABLE_INTERESTING,
      desc = "the old target's first run before it left, its second one after")
  @Outcome(expect = FORBIDDEN, desc = "blocks of neither target, or another slot's blocks gone")
  @State
  public static class SlotReuse {
    private static final long[] OTHERS = {1, 2, 3};
    private static final long[] OLD = {1, 2, 4};
    private static final long[] NEXT = {1, 5, 4};
    private final RacedIndex index = new RacedIndex();

    public SlotReuse() {
      index.store(1, OTHERS);
      index.store(0, OLD);
    }

    @Actor
    public void writer() {
      index.release(0);
      index.store(0, NEXT);
    }

    @Actor
    public void reader(II_Result r) {
      Overlaps overlaps = index.match(OLD);
      r.r1 = overlaps.deviceBlocks(0);
      r.r2 = overlaps.deviceBlocks(1);
    }
  }

  /** One of two slots that hold the same part of a run becomes a holder of all, as a third is. */
  @JCStressTest
  @Outcome(id = "2, 2, 4", expect = ACCEPTABLE, desc = "before the store")
  @Outcome(id = "4, 2, 4", expect = ACCEPTABLE, desc = "after it")
  @Outcome(expect = FORBIDDEN, desc = "a slot lost, or taken along")
  @State
  public static class Promotion {
    private static final long[] PROMPT = chain(1, 4);
    private final RacedIndex index = new RacedIndex();

    public Promotion() {
      index.store(2, PROMPT);
      index.store(1, PROMPT, 0, 2);
      index.store(0, PROMPT, 0, 2);
    }

    @Actor
    public void writer() {
      index.store(0, PROMPT, 2, 4);
    }

    @Actor
    public void reader(III_Result r) {
      Overlaps overlaps = index.match(PROMPT);
      r.r1 = overlaps.deviceBlocks(0);
      r.r2 = overlaps.deviceBlocks(1);
      r.r3 = overlaps.deviceBlocks(2);
    }
  }

  /** The same downwards: a holder of all becomes one of two that hold the same part. */
  @JCStressTest
  @Outcome(id = "4, 2, 4", expect = ACCEPTABLE, desc = "before the removal")
  @Outcome(id = "2, 2, 4", expect = ACCEPTABLE, desc = "after it")
  @Outcome(expect = FORBIDDEN, desc = "a slot lost, or taken along")
  @State
  public static class Demotion {
    private static final long[] PROMPT = chain(1, 4);
    private final RacedIndex index = new RacedIndex();

    public Demotion() {
      index.store(2, PROMPT);
      index.store(1, PROMPT, 0, 2);
      index.store(0, PROMPT);
    }

    @Actor
    public void writer() {
      index.remove(0, PROMPT, 2, 4);
    }

    @Actor
    public void reader(III_Result r) {
      Overlaps overlaps = index.match(PROMPT);
      r.r1 = overlaps.deviceBlocks(0);
      r.r2 = overlaps.deviceBlocks(1);
      r.r3 = overlaps.deviceBlocks(2);
    }
  }

  /** A hole is filled, and what was held behind it counts at once. */
  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "with the hole")
  @Outcome(id = "4", expect = ACCEPTABLE, desc = "without")
  @Outcome(expect = FORBIDDEN, desc = "part of what was held behind the hole")
  @State
  public static class HealedHole {
    private static final long[] PROMPT = chain(1, 4);
    private final RacedIndex index = new RacedIndex();

    public HealedHole() {
      index.store(0, PROMPT);
      index.remove(0, PROMPT, 1, 2);
    }

    @Actor
    public void writer() {
      index.store(0, PROMPT, 1, 2);
    }

    @Actor
    public void reader(I_Result r) {
      r.r1 = index.depth(0, PROMPT);
    }
  }

  /**
   * A hole is torn into one run and then the run behind it goes. A match puts the two runs together
   * as it found each.
   */
  @JCStressTest
  @Outcome(id = "3", expect = ACCEPTABLE, desc = "before")
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "with the hole")
  @Outcome(
      id = "2",
      expect = ACCEPTABLE_INTERESTING,
      desc = "the first run before the hole, the second one after its end: never true at once")
  @Outcome(expect = FORBIDDEN, desc = "more or less than any mixture of the two")
  @State
  public static class HoleBetweenRuns {
    private static final long[] OTHERS = {1, 2, 3};
    private static final long[] PROMPT = {1, 2, 4};
    private final RacedIndex index = new RacedIndex();

    public HoleBetweenRuns() {
      index.store(1, OTHERS);
      index.store(0, PROMPT);
    }

    @Actor
    public void writer() {
      index.remove(0, PROMPT, 1, 2);
      index.remove(0, PROMPT, 2, 3);
    }

    @Actor
    public void reader(I_Result r) {
      r.r1 = index.depth(0, PROMPT);
    }
  }

  /** A block moves from the device to host memory: stored there first, then removed here. */
  @JCStressTest
  @Outcome(id = "2, 2", expect = ACCEPTABLE, desc = "on the device, or on both")
  @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "in host memory alone")
  @Outcome(expect = FORBIDDEN, desc = "a block that is nowhere for a moment")
  @State
  public static class Offload {
    private static final long[] PROMPT = {1, 2};
    private final RacedIndex index = new RacedIndex();

    public Offload() {
      index.store(0, PROMPT);
    }

    @Actor
    public void writer() {
      index.store(0, PROMPT, 1, 2, Tier.HOST);
      index.remove(0, PROMPT, 1, 2);
    }

    @Actor
    public void reader(II_Result r) {
      Overlaps overlaps = index.match(PROMPT);
      r.r1 = overlaps.blocks(0, Tier.DEVICE);
      r.r2 = overlaps.blocks(0, Tier.HOST);
    }
  }

  /** A branch goes, and a longer one with the same first block hangs itself there. */
  @JCStressTest
  @Outcome(id = "3, 2", expect = ACCEPTABLE, desc = "the old branch")
  @Outcome(id = "2, 2", expect = ACCEPTABLE, desc = "no branch")
  @Outcome(id = "4, 2", expect = ACCEPTABLE, desc = "the longer branch")
  @Outcome(expect = FORBIDDEN, desc = "blocks before the fork gone, or a branch of others")
  @State
  public static class BranchReplaced {
    private static final long[] OTHERS = {1, 2, 3};
    private static final long[] OLD = {1, 2, 4};
    private static final long[] NEXT = {1, 2, 4, 5};
    private final RacedIndex index = new RacedIndex();

    public BranchReplaced() {
      index.store(1, OTHERS);
      index.store(0, OLD);
    }

    @Actor
    public void writer() {
      index.remove(0, OLD, 2, 3);
      index.store(0, NEXT, 2, 4);
    }

    @Actor
    public void reader(II_Result r) {
      Overlaps overlaps = index.match(NEXT);
      r.r1 = overlaps.deviceBlocks(0);
      r.r2 = overlaps.deviceBlocks(1);
    }
  }

  /** The table of runs is built anew, for more chains; those of slot 1 are always found. */
  @JCStressTest
  @Outcome(id = "8, 0", expect = ACCEPTABLE, desc = "before the last chain came")
  @Outcome(id = "8, 2", expect = ACCEPTABLE, desc = "after it")
  @Outcome(expect = FORBIDDEN, desc = "a chain lost, or half a chain")
  @State
  public static class TableGrowth {
    private static final long LAST = 5_000;
    private final RacedIndex index = new RacedIndex();

    public TableGrowth() {
      storeChains(index, 0, 100, 22);
      storeChains(index, 1, 0, 8);
    }

    @Actor
    public void writer() {
      storeChains(index, 0, LAST - 40, 5);
    }

    @Actor
    public void reader(II_Result r) {
      r.r1 = chainsHeld(index, 1, 0, 8);
      r.r2 = index.depth(0, chain(LAST, 2));
    }
  }

  /** Most chains go; those of slot 1, which may have had to make way for them, are always found. */
  @JCStressTest
  @Outcome(id = "8, 2", expect = ACCEPTABLE, desc = "before the last chain went")
  @Outcome(id = "8, 0", expect = ACCEPTABLE, desc = "after it")
  @Outcome(id = "8, 1", expect = FORBIDDEN, desc = "half a chain")
  @Outcome(expect = FORBIDDEN, desc = "a chain lost")
  @State
  public static class TableThinned {
    private final RacedIndex index = new RacedIndex();

    public TableThinned() {
      storeChains(index, 0, 100, 23);
      storeChains(index, 1, 0, 8);
    }

    @Actor
    public void writer() {
      index.release(0);
    }

    @Actor
    public void reader(II_Result r) {
      r.r2 = index.depth(0, chain(100, 2));
      r.r1 = chainsHeld(index, 1, 0, 8);
    }
  }

  /** Stores chains of two blocks that begin with {@code first}, {@code first} + 10 and so on. */
  private static void storeChains(RacedIndex index, int slot, long first, int chains) {
    for (int i = 0; i < chains; i++) {
      index.store(slot, chain(first + 10L * i, 2));
    }
  }

  private static int chainsHeld(RacedIndex index, int slot, long first, int chains) {
    int held = 0;
    for (int i = 0; i < chains; i++) {
      held += index.depth(slot, chain(first + 10L * i, 2)) == 2 ? 1 : 0;
    }
    return held;
  }
}
