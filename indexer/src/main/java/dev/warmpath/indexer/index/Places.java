package dev.warmpath.indexer.index;

import java.util.function.LongConsumer;

/**
 * Where the blocks of one slot are, by engine hash. Primitive, 16 bytes an entry, 60 to 80 % full
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

  /** The place of a block; 0 when there is none. */
  long get(long engineHash) {
    int at = home(engineHash);
    while (pairs[at + 1] != 0 && pairs[at] != engineHash) {
      at = next(at);
    }
    return pairs[at + 1];
  }

  /** Adds a block that is not there. */
  void put(long engineHash, long place) {
    if (10L * (size + 1) > 8L * (pairs.length / 2)) {
      grow();
    }
    insert(engineHash, place);
    size++;
  }

  private void insert(long engineHash, long place) {
    int at = home(engineHash);
    while (pairs[at + 1] != 0) {
      at = next(at);
    }
    pairs[at] = engineHash;
    pairs[at + 1] = place;
  }

  /** Takes a block away and returns its place; 0 when there is none. */
  long remove(long engineHash) {
    int at = home(engineHash);
    while (pairs[at + 1] != 0 && pairs[at] != engineHash) {
      at = next(at);
    }
    long place = pairs[at + 1];
    if (place != 0) {
      closeGap(at);
      size--;
    }
    return place;
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
    pairs = new long[2 * (old.length / 2 + old.length / 6 + SMALLEST)];
    for (int at = 0; at < old.length; at += 2) {
      if (old[at + 1] != 0) {
        insert(old[at], old[at + 1]);
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
