package dev.warmpath.router.replay.serve;

import dev.warmpath.router.replay.Prompt;
import java.util.Arrays;
import java.util.List;

/**
 * Which prompts of a run begin alike: a mark of the first 1, 4, 16 and 64 blocks of each, equal
 * where those blocks are. Prompts that are shorter are marked as a whole. One thread fills it; then
 * any may read.
 */
public final class PrefixMarks {
  /** How many blocks a mark stands for, ascending. */
  public static final List<Integer> DEPTHS = List.of(1, 4, 16, 64);

  /*
   * A mark is half of a sequence hash, to keep a million requests small. That two prefixes share a
   * mark is a matter of chance, one of 2^32 for each pair.
   */
  private int[] marks;

  PrefixMarks(int rows) {
    marks = new int[rows * DEPTHS.size()];
  }

  void set(int row, Prompt prompt) {
    for (int i = 0; i < DEPTHS.size(); i++) {
      int last = Math.min(DEPTHS.get(i), prompt.blocks()) - 1;
      marks[row * DEPTHS.size() + i] = last < 0 ? 0 : (int) prompt.sequenceHashes()[last];
    }
  }

  void grow(int rows) {
    marks = Arrays.copyOf(marks, rows * DEPTHS.size());
  }

  /**
   * Mark of a request's first blocks.
   *
   * @param depth place in {@link #DEPTHS}
   */
  public int of(int request, int depth) {
    return marks[request * DEPTHS.size() + depth];
  }
}
