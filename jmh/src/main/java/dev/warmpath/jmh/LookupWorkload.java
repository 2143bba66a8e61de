package dev.warmpath.jmh;

import dev.warmpath.indexer.block.BlockHasher;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What the indexes of {@link LookupBenchmark} hold, and what they are asked. */
@State(Scope.Thread)
public class LookupWorkload {
  private static final int MOST_QUERIES = 1_024;
  private static final int HOLDERS_OF_MANY = 2;

  /** Blocks of a prompt, and how many slots there are. */
  @Param({"16x64", "256x64", "8192x64", "256x8", "256x4096"})
  public String shape = "";

  /**
   * Distinct blocks in the index. 0: one prompt alone, of which each slot holds a leading part of
   * its own length; it stays in the caches of the CPU. Else prompts of two holders each, asked for
   * in turn.
   */
  @Param({"0", "2097152"})
  public int blocks;

  /** Whether a prompt is held as a whole, or goes its own way at half its length. */
  @Param({"hit"})
  public String query = "";

  private final List<long[]> prompts = new ArrayList<>();
  private final List<long[]> queries = new ArrayList<>();
  private final List<long[]> querySequences = new ArrayList<>();
  private int depth;
  private int slots;
  private int turn = -1;

  /** Takes what the targets hold, prompt by prompt. */
  interface Store {
    /** A slot holds {@code held} leading blocks of a prompt. */
    void leading(int slot, long[] localHashes, int held);
  }

  /** Makes prompts and queries. */
  @Setup
  public void make() {
    int x = shape.indexOf('x');
    depth = Integer.parseInt(shape.substring(0, x));
    slots = Integer.parseInt(shape.substring(x + 1));
    Random random = new Random(1);
    for (int i = 0; i < Math.max(1, blocks / depth); i++) {
      prompts.add(random.longs(depth).toArray());
    }
    for (int i = 0; i < Math.min(MOST_QUERIES, prompts.size()); i++) {
      long[] asked = prompts.get(random.nextInt(prompts.size())).clone();
      if (query.equals("diverge")) {
        Arrays.setAll(asked, at -> at < depth / 2 ? asked[at] : ~asked[at]);
      }
      queries.add(asked);
      querySequences.add(sequenceHashes(asked));
    }
  }

  static long[] sequenceHashes(long[] localHashes) {
    long[] sequence = new long[localHashes.length];
    BlockHasher.sequenceHashes(localHashes, localHashes.length, sequence);
    return sequence;
  }

  void store(Store into) {
    if (blocks == 0) {
      for (int slot = 0; slot < slots; slot++) {
        int held = (int) Math.max(1, (slot + 1L) * depth / slots);
        into.leading(slot, prompts.getFirst(), held);
      }
      return;
    }
    Random random = new Random(2);
    for (long[] prompt : prompts) {
      int first = random.nextInt(slots);
      for (int holder = 0; holder < HOLDERS_OF_MANY; holder++) {
        into.leading((first + holder) % slots, prompt, depth);
      }
    }
  }

  int slots() {
    return slots;
  }

  int depth() {
    return depth;
  }

  /** The next prompt's local hashes. */
  long[] nextQuery() {
    return queries.get(nextTurn());
  }

  /** The next prompt's sequence hashes. */
  long[] nextQuerySequence() {
    return querySequences.get(nextTurn());
  }

  private int nextTurn() {
    turn = turn + 1 == queries.size() ? 0 : turn + 1;
    return turn;
  }
}
