package dev.warmpath.indexer.index;

/**
 * The plain variant: pairs of engine hash and place in one array, probed one after the other. An
 * entry that goes lets those behind it move up. 55 to 70 % full once it has grown. One thread.
 */
final class ProbingTable implements BlockTable {
  private static final int SMALLEST = 8;

  /** Place 0 marks a free pair. */
  private long[] pairs = new long[2 * SMALLEST];

  private int size;

  @Override
  public void putRun(long[] engineHashes, int from, int to, long place) {
    for (int i = from; i < to; i++) {
      put(find(engineHashes[i]), engineHashes[i], place + i - from);
    }
  }

  @Override
  public void removeAll(long[] engineHashes, int from, int to, long[] places) {
    for (int i = from; i < to; i++) {
      int at = find(engineHashes[i]);
      places[i - from] = pairs[at + 1];
      if (pairs[at + 1] != 0) {
        closeGap(at);
        size--;
      }
    }
  }

  private void put(int at, long engineHash, long place) {
    pairs[at] = engineHash;
    pairs[at + 1] = place;
    size++;
    if (10L * size > 7L * (pairs.length / 2)) {
      grow();
    }
  }

  private int find(long engineHash) {
    int at = home(engineHash);
    while (pairs[at + 1] != 0 && pairs[at] != engineHash) {
      at = next(at);
    }
    return at;
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
