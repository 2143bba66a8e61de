package dev.warmpath.indexer.index;

import java.util.function.LongConsumer;

/**
 * Where the blocks of one slot are, by engine hash. Primitive, 16 bytes an entry, 55 to 70 % full
 * once it has grown. The writer thread only.
 */
final class Places {
  /*
   * Pairs of engine hash and place in one array, so that a probe costs one cache line. Linear
   * probing; an entry that goes lets those behind it move up. Place 0 marks a free pair.
   */
  private static final int SMALLEST = 8;

  private long[] pairs = new long[2 * SMALLEST];
  private int size;

  int size() {
    return size;
  }

  /** Bytes that this takes. */
  long bytes() {
    return Footprint.bytesOf(pairs);
  }

  /** The place of a block; 0 when there is none. */
  long get(long engineHash) {
    return pairs[find(engineHash) + 1];
  }

  /**
   * Where a block's pair is, or where it would be: for {@link #at}, {@link #putAt} and {@link
   * #removeAt}, until the next change.
   */
  int find(long engineHash) {
    long[] pairs = this.pairs;
    int at = home(engineHash);
    while (pairs[at + 1] != 0 && pairs[at] != engineHash) {
      at += 2;
      at = at == pairs.length ? 0 : at;
    }
    return at;
  }

  /** The place of the block whose pair was found there; 0 when it is none. */
  long at(int found) {
    return pairs[found + 1];
  }

  /** Adds a block that was not found there. */
  void putAt(int found, long engineHash, long place) {
    pairs[found] = engineHash;
    pairs[found + 1] = place;
    size++;
    if (10L * size > 7L * (pairs.length / 2)) {
      grow();
    }
  }

  /** Takes away the block that was found there. */
  void removeAt(int found) {
    closeGap(found);
    size--;
  }

  /**
   * Has the pairs of some blocks brought near, all at once instead of one after the other. Returns
   * nothing of use.
   */
  long touch(long[] engineHashes) {
    long[] pairs = this.pairs;
    long sum = 0;
    for (long engineHash : engineHashes) {
      sum += pairs[home(engineHash)];
    }
    return sum;
  }

  private void closeGap(int at) {
    int gap = at;
    for (int from = next(gap); pairs[from + 1] != 0; from = next(from)) {
      if (distance(home(pairs[from]), from) >= distance(gap, from)) {
        pairs[gap] = pairs[from];
        pairs[gap + 1] = pairs[from + 1];
        gap = from;
      }
    }
    pairs[gap + 1] = 0;
  }

  void clear() {
    pairs = new long[2 * SMALLEST];
    size = 0;
  }

  /** The places, in no order. */
  void forEachPlace(LongConsumer action) {
    for (int at = 0; at < pairs.length; at += 2) {
      if (pairs[at + 1] != 0) {
        action.accept(pairs[at + 1]);
      }
    }
  }

  /** The engine hashes, in no order. */
  void forEachEngineHash(LongConsumer action) {
    for (int at = 0; at < pairs.length; at += 2) {
      if (pairs[at + 1] != 0) {
        action.accept(pairs[at]);
      }
    }
  }

  private void grow() {
    long[] old = pairs;
    pairs = new long[2 * (old.length / 2 + old.length / 8 + SMALLEST)];
    for (int at = 0; at < old.length; at += 2) {
      if (old[at + 1] != 0) {
        int found = find(old[at]);
        pairs[found] = old[at];
        pairs[found + 1] = old[at + 1];
      }
    }
  }

  private int home(long engineHash) {
    long mixed = (engineHash ^ engineHash >>> Integer.SIZE) * 0x9E3779B97F4A7C15L;
    return 2 * (int) Math.unsignedMultiplyHigh(mixed, pairs.length / 2);
  }

  private int next(int at) {
    return at + 2 == pairs.length ? 0 : at + 2;
  }

  private int distance(int from, int to) {
    return to >= from ? to - from : to - from + pairs.length;
  }
}
