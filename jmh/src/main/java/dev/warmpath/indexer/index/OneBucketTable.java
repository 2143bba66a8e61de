package dev.warmpath.indexer.index;

/**
 * The variant with one bucket a hash: seven entries with a tag each in one word, as in {@link
 * Places}, and what finds its bucket full goes to the next with room, counted in the word. 64 to 80
 * % full once it has grown. One thread.
 */
final class OneBucketTable implements BlockTable {
  private static final int ENTRIES = 7;
  private static final int SMALLEST = 2;
  private static final long LOW = 0x0001_0101_0101_0101L;
  private static final long HIGH = 0x0080_8080_8080_8080L;
  private static final long REST = HIGH - LOW;
  private static final int OVER = 56;
  private static final long ONE_OVER = 1L << OVER;
  private static final long MANY = 0xFF;

  private long[] words = new long[SMALLEST];
  private long[] pairs = new long[2 * ENTRIES * SMALLEST];
  private int size;

  @Override
  public void putRun(long[] engineHashes, int from, int to, long place) {
    long needed = (long) size + to - from;
    if (5 * needed > 4L * ENTRIES * words.length) {
      grow(Math.toIntExact(Math.max(needed * 5 / 4 / ENTRIES + 1, words.length * 5L / 4)));
    }
    for (int i = from; i < to; i++) {
      insert(engineHashes[i], place + i - from);
    }
  }

  @Override
  public void removeAll(long[] engineHashes, int from, int to, long[] places) {
    for (int i = from; i < to; i++) {
      places[i - from] = remove(engineHashes[i]);
    }
  }

  private void insert(long engineHash, long place) {
    long mixed = mix(engineHash);
    int bucket = bucket(mixed);
    long free = free(words[bucket]);
    while (free == 0) {
      words[bucket] += words[bucket] >>> OVER == MANY ? 0 : ONE_OVER;
      bucket = next(bucket);
      free = free(words[bucket]);
    }
    int entry = Long.numberOfTrailingZeros(free) >>> 3;
    words[bucket] |= tag(mixed) << (entry * Byte.SIZE);
    int pair = pair(bucket, entry);
    pairs[pair] = engineHash;
    pairs[pair + 1] = place;
    size++;
  }

  private long remove(long engineHash) {
    long mixed = mix(engineHash);
    long tag = tag(mixed);
    int home = bucket(mixed);
    int bucket = home;
    do {
      for (long matches = matches(words[bucket], tag); matches != 0; matches &= matches - 1) {
        int entry = Long.numberOfTrailingZeros(matches) >>> 3;
        if (pairs[pair(bucket, entry)] == engineHash) {
          words[bucket] &= ~(0xFFL << (entry * Byte.SIZE));
          for (int on = home; on != bucket; on = next(on)) {
            words[on] -= words[on] >>> OVER == MANY ? 0 : ONE_OVER;
          }
          size--;
          return pairs[pair(bucket, entry) + 1];
        }
      }
      if (words[bucket] >>> OVER == 0) {
        return 0;
      }
      bucket = next(bucket);
    } while (bucket != home);
    return 0;
  }

  private void grow(int buckets) {
    final long[] oldWords = words;
    final long[] oldPairs = pairs;
    words = new long[buckets];
    pairs = new long[Math.multiplyExact(2 * ENTRIES, buckets)];
    size = 0;
    for (int bucket = 0; bucket < oldWords.length; bucket++) {
      for (long taken = taken(oldWords[bucket]); taken != 0; taken &= taken - 1) {
        int pair = pair(bucket, Long.numberOfTrailingZeros(taken) >>> 3);
        insert(oldPairs[pair], oldPairs[pair + 1]);
      }
    }
  }

  private static long mix(long engineHash) {
    return (engineHash ^ engineHash >>> Integer.SIZE) * 0x9E3779B97F4A7C15L;
  }

  private int bucket(long mixed) {
    return (int) Math.unsignedMultiplyHigh(mixed, words.length);
  }

  /** 2 to 255: never 1, so that a free entry behind a match never passes for taken. */
  private static long tag(long mixed) {
    long tag = (mixed >>> Integer.SIZE) & 0xFF;
    return tag < 2 ? tag + 2 : tag;
  }

  private static long free(long word) {
    return ~taken(word) & HIGH;
  }

  private static long taken(long word) {
    return (((word & REST) + REST) | word) & HIGH;
  }

  private static long matches(long word, long tag) {
    long differing = word ^ tag * LOW;
    return (differing - LOW) & ~differing & HIGH;
  }

  private static int pair(int bucket, int entry) {
    return 2 * (ENTRIES * bucket + entry);
  }

  private int next(int bucket) {
    return bucket + 1 == words.length ? 0 : bucket + 1;
  }
}
