package dev.warmpath.router.replay.load;

import it.unimi.dsi.fastutil.longs.Long2LongOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.Arrays;

/**
 * The block ids of a trace, each with the one before it: an id stands for all of the prompt up to
 * its block, so it has the same one before it wherever it comes. One thread.
 */
public final class PrefixIds {
  /*
   * Most traces number their blocks from 0 on, so parents of small ids lie in an array; ids far
   * above what has been seen, and negative ones, lie in a map.
   */
  private static final int ROOT = -1;
  private static final int UNSEEN = -2;
  private static final int DENSE_FACTOR = 4;
  private static final int LEAST_DENSE = 1 << 16;

  private final Long2LongOpenHashMap sparse = new Long2LongOpenHashMap();
  private int[] dense = new int[0];
  private long distinct;

  /** Of them, those of earlier traces. */
  private long distinctBefore;

  private long blocks;
  private long seenBlocks;

  /** Ids for a trace that has not begun. */
  public PrefixIds() {
    sparse.defaultReturnValue(UNSEEN);
  }

  /** Another trace begins: ids stand for other prompts from now on. What is counted stays. */
  void startTrace() {
    sparse.clear();
    dense = new int[0];
    distinctBefore = distinct;
  }

  /** Ids seen so far, each counted once. */
  public long distinctBlocks() {
    return distinct;
  }

  /** Ids seen so far. */
  public long blocks() {
    return blocks;
  }

  /** Of them, those that led a prompt and were known: what a cache that never forgets would hit. */
  public long seenBlocks() {
    return seenBlocks;
  }

  /**
   * Takes in the ids of a prompt.
   *
   * @throws IllegalArgumentException if an id was seen after another one; nothing is taken in then
   */
  public void add(LongArrayList ids) {
    check(ids);
    boolean known = true;
    long parent = ROOT;
    for (int i = 0; i < ids.size(); i++) {
      long id = ids.getLong(i);
      if (parentOf(id) == UNSEEN) {
        known = false;
        distinct++;
        setParent(id, parent);
      } else if (known) {
        seenBlocks++;
      }
      parent = id;
    }
    blocks += ids.size();
  }

  private void check(LongArrayList ids) {
    long parent = ROOT;
    for (int i = 0; i < ids.size(); i++) {
      long id = ids.getLong(i);
      long before = parentOf(id);
      if (before != UNSEEN && before != parent) {
        throw new IllegalArgumentException(
            "hash_ids[%d] %d follows %s here and %s before: an id stands for the whole prefix"
                .formatted(i, id, name(parent), name(before)));
      }
      parent = id;
    }
  }

  private static String name(long id) {
    return id == ROOT ? "nothing" : Long.toString(id);
  }

  private long parentOf(long id) {
    int parent = id >= 0 && id < dense.length ? dense[(int) id] : UNSEEN;
    return parent == UNSEEN ? sparse.get(id) : parent;
  }

  private void setParent(long id, long parent) {
    boolean fits = id >= 0 && parent >= ROOT && parent < Integer.MAX_VALUE;
    if (fits && id < Math.max(dense.length, limit())) {
      if (id >= dense.length) {
        grow((int) id);
      }
      dense[(int) id] = (int) parent;
    } else {
      sparse.put(id, parent);
    }
  }

  private long limit() {
    return Math.min(
        Integer.MAX_VALUE / 2, Math.max(LEAST_DENSE, DENSE_FACTOR * (distinct - distinctBefore)));
  }

  private void grow(int id) {
    int from = dense.length;
    int to = (int) Math.min(limit(), Math.max(id + 1L, 2L * from));
    dense = Arrays.copyOf(dense, to);
    Arrays.fill(dense, from, to, UNSEEN);
  }
}
