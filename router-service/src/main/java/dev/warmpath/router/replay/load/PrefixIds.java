package dev.warmpath.router.replay.load;

import it.unimi.dsi.fastutil.longs.Long2LongOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.util.Arrays;

/**
 * The block ids of a trace, each with the one before it: an id stands for all of the prompt up to
 * its block, so it has the same one before it wherever it comes. One thread.
 */
public final class PrefixIds {
  /*
   * Most traces number their blocks from 0 on, so what is known of small ids lies in an array: that
   * they lead prompts, or which id is before them. Ids far above what has been seen, and negative
   * ones, lie in a set and a map.
   */
  private static final int UNSEEN = 0;
  private static final int LEADS = 1;
  private static final int FOLLOWS = 2; // and the id before it is added
  private static final int DENSE_FACTOR = 4;
  private static final int LEAST_DENSE = 1 << 16;

  private final LongOpenHashSet sparseLeaders = new LongOpenHashSet();
  private final Long2LongOpenHashMap sparseFollowers = new Long2LongOpenHashMap();
  private int[] dense = new int[0];
  private long distinct;

  /** Of them, those of earlier traces. */
  private long distinctBefore;

  private long blocks;
  private long seenBlocks;

  /** Another trace begins: ids stand for other prompts from now on. What is counted stays. */
  void startTrace() {
    sparseLeaders.clear();
    sparseFollowers.clear();
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
    for (int i = 0; i < ids.size(); i++) {
      if (!isSeen(ids.getLong(i))) {
        known = false;
        distinct++;
        if (i == 0) {
          setLeader(ids.getLong(i));
        } else {
          setFollower(ids.getLong(i), ids.getLong(i - 1));
        }
      } else if (known) {
        seenBlocks++;
      }
    }
    blocks += ids.size();
  }

  private void check(LongArrayList ids) {
    for (int i = 0; i < ids.size(); i++) {
      long id = ids.getLong(i);
      boolean asBefore = i == 0 ? leads(id) : follows(id, ids.getLong(i - 1));
      if (!asBefore && isSeen(id)) {
        throw new IllegalArgumentException(
            "hash_ids[%d] %d follows %s here and %s before: an id stands for the whole prefix"
                .formatted(
                    i, id, i == 0 ? "nothing" : Long.toString(ids.getLong(i - 1)), before(id)));
      }
    }
  }

  private boolean isSeen(long id) {
    return denseOf(id) != UNSEEN || sparseFollowers.containsKey(id) || sparseLeaders.contains(id);
  }

  private boolean leads(long id) {
    return denseOf(id) == LEADS || sparseLeaders.contains(id);
  }

  private boolean follows(long id, long parent) {
    int known = denseOf(id);
    return known == UNSEEN
        ? sparseFollowers.get(id) == parent && sparseFollowers.containsKey(id)
        : known >= FOLLOWS && known - FOLLOWS == parent;
  }

  /** What a seen id follows, for people. */
  private String before(long id) {
    int known = denseOf(id);
    return leads(id)
        ? "nothing"
        : Long.toString(known == UNSEEN ? sparseFollowers.get(id) : known - FOLLOWS);
  }

  private int denseOf(long id) {
    return id >= 0 && id < dense.length ? dense[(int) id] : UNSEEN;
  }

  private void setLeader(long id) {
    if (makeDense(id)) {
      dense[(int) id] = LEADS;
    } else {
      sparseLeaders.add(id);
    }
  }

  private void setFollower(long id, long parent) {
    boolean fits = parent >= 0 && parent <= Integer.MAX_VALUE - FOLLOWS;
    if (fits && makeDense(id)) {
      dense[(int) id] = (int) parent + FOLLOWS;
    } else {
      sparseFollowers.put(id, parent);
    }
  }

  /** Whether an id has a place in the array, which may grow for it. */
  private boolean makeDense(long id) {
    boolean fits = id >= 0 && id < Math.max(dense.length, limit());
    if (fits && id >= dense.length) {
      grow((int) id);
    }
    return fits;
  }

  private long limit() {
    return Math.min(
        Integer.MAX_VALUE / 2, Math.max(LEAST_DENSE, DENSE_FACTOR * (distinct - distinctBefore)));
  }

  private void grow(int id) {
    int to = (int) Math.min(limit(), Math.max(id + 1L, 2L * dense.length));
    dense = Arrays.copyOf(dense, to);
  }
}
