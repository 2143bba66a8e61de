package dev.warmpath.router.fleet;

import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The distinct blocks of the prompts that are active on one target: a block counts once, however
 * many prompts lead through it. One thread at a time.
 */
final class ActivePrefixes {
  /*
   * A tree of runs of local hashes; a path from the root spells a prompt, so equal paths are equal
   * sequence hashes and none is computed. Each run knows how many prompts lead through it, and goes
   * with the last of them. A prompt ends at the end of a run: a run is divided where a prompt leaves
   * it or ends in it, and joined again when that prompt goes.
   *
   *   root --[ s s s s ] 3 prompts --[ a b ] 2 --[ c ] 1
   *                                \-[ x y z ] 1
   *
   * Work and memory go by what a prompt does not share: comparing runs is one vectorised pass, and
   * only the blocks behind the shared ones are copied.
   */
  private final Run root = new Run(null, new long[0], 0, 0);
  private long blocks;

  /** Distinct blocks. */
  long blocks() {
    return blocks;
  }

  /** Prompts that were added and not removed. */
  int prompts() {
    return root.prompts;
  }

  /**
   * Adds a prompt.
   *
   * @param localHashes the local hashes of its blocks; what is kept of them is copied
   * @param count how many of them
   * @return where it ends, for {@link #remove}
   */
  Run add(long[] localHashes, int count) {
    Run run = root;
    int before = 0;
    run.prompts++;
    while (before < count) {
      Run child = run.child(localHashes[before]);
      if (child == null) {
        return append(run, Arrays.copyOfRange(localHashes, before, count));
      }
      int matching = child.matching(localHashes, before, count);
      run = matching < child.length() ? divide(child, matching) : child;
      run.prompts++;
      before += matching;
    }
    return run;
  }

  /** Leading blocks of a prompt that active prompts have, too. */
  int shared(long[] localHashes, int count) {
    Run run = root;
    int before = 0;
    while (before < count) {
      Run child = run.child(localHashes[before]);
      if (child == null) {
        break;
      }
      int matching = child.matching(localHashes, before, count);
      before += matching;
      if (matching < child.length()) {
        break;
      }
      run = child;
    }
    return before;
  }

  private Run append(Run parent, long[] hashes) {
    Run run = new Run(parent, hashes, 0, hashes.length);
    run.prompts = 1;
    parent.adopt(run);
    blocks += hashes.length;
    return run;
  }

  /** Cuts a run in two; it becomes the second part, so prompts that end in it still do. */
  private static Run divide(Run run, int length) {
    Run first = new Run(run.parent, run.hashes, run.from, run.from + length);
    first.prompts = run.prompts;
    first.parent().adopt(first);
    run.from += length;
    first.adopt(run);
    return first;
  }

  /** Removes a prompt that was added, once. */
  void remove(Run end) {
    Run run = end;
    while (run != root && run.prompts == 1) {
      blocks -= run.length();
      run.parent().forget(run);
      run = run.parent();
    }
    Run lowestLeft = run;
    while (run != root) {
      run.prompts--;
      run = run.parent();
    }
    root.prompts--;
    joinWithOnlyChild(lowestLeft);
  }

  private void joinWithOnlyChild(Run run) {
    Run child = run == root ? null : run.onlyChild();
    if (child == null || child.prompts < run.prompts) {
      return;
    }
    long[] joined = Arrays.copyOfRange(run.hashes, run.from, run.to + child.length());
    System.arraycopy(child.hashes, child.from, joined, run.length(), child.length());
    child.hashes = joined;
    child.from = 0;
    child.to = joined.length;
    run.parent().adopt(child);
  }

  /** A part of a path on which nothing forks and no prompt ends but at its end. */
  static final class Run {
    private @Nullable Run parent;
    private long[] hashes;
    private int from;
    private int to;
    private int prompts;
    private @Nullable Long2ObjectOpenHashMap<Run> children;

    private Run(@Nullable Run parent, long[] hashes, int from, int to) {
      this.parent = parent;
      this.hashes = hashes;
      this.from = from;
      this.to = to;
    }

    private Run parent() {
      if (parent == null) {
        throw new IllegalStateException("the root has no parent");
      }
      return parent;
    }

    private int length() {
      return to - from;
    }

    private int matching(long[] localHashes, int before, int count) {
      int most = Math.min(length(), count - before);
      int differs = Arrays.mismatch(hashes, from, from + most, localHashes, before, before + most);
      return differs < 0 ? most : differs;
    }

    private @Nullable Run child(long firstHash) {
      return children == null ? null : children.get(firstHash);
    }

    private @Nullable Run onlyChild() {
      return children == null || children.size() != 1 ? null : children.values().iterator().next();
    }

    private void adopt(Run child) {
      if (children == null) {
        children = new Long2ObjectOpenHashMap<>(2);
      }
      child.parent = this;
      children.put(child.hashes[child.from], child);
    }

    private void forget(Run child) {
      if (children != null) {
        children.remove(child.hashes[child.from]);
        if (children.isEmpty()) {
          children = null;
        }
      }
    }
  }
}
