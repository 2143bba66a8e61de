package dev.warmpath.indexer.index;

import java.util.function.IntConsumer;
import java.util.function.LongConsumer;

/**
 * Where the blocks of one slot are, by engine hash. Primitive, 17 bytes an entry, 53 to 80 % full
 * once it has grown, and a quarter full at least once it was {@link #shrink shrunk}. The writer
 * thread only.
 */
final class Places {
  /*
   * Buckets of seven entries. A hash has two buckets, and goes into the one with more room. All that
   * decides where it is or fits stands in one word a bucket: a byte for each entry, its tag, 0 when
   * the entry is free; and on top of them a byte for the few hashes that found both their buckets
   * full: it counts those that went from here to the first bucket with room behind.
   *
   *   words   | 01 . 00 c1 9f 80 e3 00 97 | ...          five entries here, one hash went on
   *   pairs   | hash, place | - | hash, place | ...      of the same bucket, from the lowest byte
   *
   * A word answers for all seven entries at once, and what is done next depends on the hash in one
   * case of twenty, where a tag is another hash's. Without a branch to guess, the processor works on
   * several blocks at a time, and their cache misses overlap. So the loops here do the plain case
   * alone and leave it by arithmetic; what is not plain ends the loop. An entry that goes leaves
   * nothing behind and moves no other. (Two choices: Azar, Broder, Karlin, Upfal, Balanced
   * Allocations; tags in words: Bronson, Shi, F14.)
   */
  private static final int ENTRIES = 7;
  private static final int SMALLEST = 2;

  /** Lowest and highest bit of each entry's byte. */
  private static final long LOW = 0x0001_0101_0101_0101L;

  private static final long HIGH = 0x0080_8080_8080_8080L;

  /** All bits of each entry's byte but the highest. */
  private static final long REST = HIGH - LOW;

  /** How far the sign of a long must move to fill it. */
  private static final int SIGN = Long.SIZE - 1;

  private static final int OVER = 56;
  private static final long ONE_OVER = 1L << OVER;

  /** So many went on that they are not counted any more, until the table grows. */
  private static final long MANY = 0xFF;

  /** Takes a block and its place. */
  @FunctionalInterface
  interface Entry {
    void take(long engineHash, long place);
  }

  private long[] words = new long[SMALLEST];
  private long[] pairs = new long[2 * ENTRIES * SMALLEST];
  private int size;

  int size() {
    return size;
  }

  /** Bytes that this takes. */
  long bytes() {
    return Footprint.bytesOf(words) + Footprint.bytesOf(pairs);
  }

  /** The place of a block; 0 when there is none. */
  long get(long engineHash) {
    int entry = find(engineHash);
    return entry < 0 ? 0 : pairs[pair(entry) + 1];
  }

  /** Adds a block that is not there. */
  void put(long engineHash, long place) {
    makeRoom(1);
    insert(engineHash, place);
  }

  /**
   * Adds blocks of one run, as far as they are not there.
   *
   * @param from the first of them in {@code engineHashes}
   * @param count how many of them
   * @param place of the first
   * @return how many were added, before one that is there already
   */
  int putRun(long[] engineHashes, int from, int count, long place) {
    makeRoom(count);
    int end = from + count;
    long placeOfFirst = place - from;
    int i = putPlain(engineHashes, from, end, placeOfFirst);
    while (i < end && find(engineHashes[i]) < 0) {
      insert(engineHashes[i], placeOfFirst + i);
      i = putPlain(engineHashes, i + 1, end, placeOfFirst);
    }
    return i - from;
  }

  /** Adds blocks up to the first that may be there already or finds no room. Returns which. */
  private int putPlain(long[] engineHashes, int from, int end, long placeOfFirst) {
    long[] words = this.words;
    long[] pairs = this.pairs;
    int i = from;
    for (; i < end; i++) {
      long engineHash = engineHashes[i];
      long mixed = mix(engineHash);
      int bucket1 = bucket(mixed, words.length);
      int bucket2 = bucket(other(mixed), words.length);
      long word1 = words[bucket1];
      long word2 = words[bucket2];
      long tag = tag(mixed);
      long free1 = free(word1);
      long free2 = free(word2);
      long takeSecond = hasMore(free2, free1);
      long free = choose(takeSecond, free2, free1);
      if ((matches(word1, tag) | matches(word2, tag) | word1 >>> OVER) != 0 || free == 0) {
        break;
      }
      int bucket = (int) choose(takeSecond, bucket2, bucket1);
      int entry = entry(bucket, free);
      words[bucket] = choose(takeSecond, word2, word1) | (tag << (entry * Byte.SIZE));
      int pair = pair(entry);
      pairs[pair] = engineHash;
      pairs[pair + 1] = placeOfFirst + i;
    }
    size += i - from;
    return i;
  }

  /** Takes a block away. Returns the place that it had; 0 when it was not there. */
  long remove(long engineHash) {
    int entry = find(engineHash);
    if (entry < 0) {
      return 0;
    }
    long mixed = mix(engineHash);
    int bucket = entry >>> 3;
    words[bucket] &= ~tagByte(entry);
    if (bucket != bucket(other(mixed), words.length)) {
      for (int on = bucket(mixed, words.length); on != bucket; on = next(on)) {
        words[on] -= words[on] >>> OVER == MANY ? 0 : ONE_OVER;
      }
    }
    size--;
    return pairs[pair(entry) + 1];
  }

  /**
   * Takes the blocks {@code from} to {@code to - 1} away.
   *
   * @param places receives from its start the places that they had; 0 for those that were not there
   */
  void removeAll(long[] engineHashes, int from, int to, long[] places) {
    int i = removePlain(engineHashes, from, to, places, from);
    while (i < to) {
      places[i - from] = remove(engineHashes[i]);
      i = removePlain(engineHashes, i + 1, to, places, from);
    }
  }

  /** Takes blocks away up to the first that is not found at the first tag like its own. */
  private int removePlain(long[] engineHashes, int from, int to, long[] places, int first) {
    long[] words = this.words;
    long[] pairs = this.pairs;
    int i = from;
    for (; i < to; i++) {
      long engineHash = engineHashes[i];
      long mixed = mix(engineHash);
      int bucket1 = bucket(mixed, words.length);
      int bucket2 = bucket(other(mixed), words.length);
      long tag = tag(mixed);
      long matches1 = matches(words[bucket1], tag);
      long takeFirst = -matches1 >> SIGN;
      long matches = choose(takeFirst, matches1, matches(words[bucket2], tag));
      int bucket = (int) choose(takeFirst, bucket1, bucket2);
      if (matches == 0) {
        break;
      }
      int entry = entry(bucket, matches);
      int pair = pair(entry);
      if (pairs[pair] != engineHash) {
        break;
      }
      words[bucket] &= ~tagByte(entry);
      places[i - first] = pairs[pair + 1];
    }
    size -= i - from;
    return i;
  }

  /** Gives room back when less than a quarter of it is taken. */
  void shrink() {
    if (words.length > SMALLEST && 4L * size < (long) ENTRIES * words.length) {
      resize(Math.max(SMALLEST, 2 * size / ENTRIES + 1));
    }
  }

  void clear() {
    words = new long[SMALLEST];
    pairs = new long[2 * ENTRIES * SMALLEST];
    size = 0;
  }

  /** The places, in no order. */
  void forEachPlace(LongConsumer action) {
    forEachPair(pair -> action.accept(pairs[pair + 1]));
  }

  /** The engine hashes and their places, in no order. */
  void forEach(Entry action) {
    forEachPair(pair -> action.take(pairs[pair], pairs[pair + 1]));
  }

  /** The engine hashes, in no order. */
  void forEachEngineHash(LongConsumer action) {
    forEachPair(pair -> action.accept(pairs[pair]));
  }

  private void forEachPair(IntConsumer action) {
    for (int bucket = 0; bucket < words.length; bucket++) {
      for (long taken = taken(words[bucket]); taken != 0; taken &= taken - 1) {
        action.accept(pair(entry(bucket, taken)));
      }
    }
  }

  /** The entry of a block; -1 when there is none. */
  private int find(long engineHash) {
    long mixed = mix(engineHash);
    long tag = tag(mixed);
    int home = bucket(mixed, words.length);
    int found = findIn(home, tag, engineHash);
    if (found < 0) {
      found = findIn(bucket(other(mixed), words.length), tag, engineHash);
    }
    int bucket = home;
    while (found < 0 && words[bucket] >>> OVER != 0) {
      bucket = next(bucket);
      if (bucket == home) {
        return -1;
      }
      found = findIn(bucket, tag, engineHash);
    }
    return found;
  }

  private int findIn(int bucket, long tag, long engineHash) {
    for (long matches = matches(words[bucket], tag); matches != 0; matches &= matches - 1) {
      int entry = entry(bucket, matches);
      if (pairs[pair(entry)] == engineHash) {
        return entry;
      }
    }
    return -1;
  }

  private void insert(long engineHash, long place) {
    long mixed = mix(engineHash);
    int bucket1 = bucket(mixed, words.length);
    int bucket2 = bucket(other(mixed), words.length);
    long free1 = free(words[bucket1]);
    long free2 = free(words[bucket2]);
    long takeSecond = hasMore(free2, free1);
    long free = choose(takeSecond, free2, free1);
    int bucket = (int) choose(takeSecond, bucket2, bucket1);
    while (free == 0) {
      words[bucket] += words[bucket] >>> OVER == MANY ? 0 : ONE_OVER;
      bucket = next(bucket);
      free = free(words[bucket]);
    }
    int entry = entry(bucket, free);
    words[bucket] |= tag(mixed) << (entry * Byte.SIZE);
    int pair = pair(entry);
    pairs[pair] = engineHash;
    pairs[pair + 1] = place;
    size++;
  }

  /** Grows if less than a fifth would stay free. */
  private void makeRoom(int more) {
    long needed = (long) size + more;
    if (5 * needed > 4L * ENTRIES * words.length) {
      resize(Math.toIntExact(Math.max(needed * 5 / 4 / ENTRIES + 1, words.length * 3L / 2)));
    }
  }

  private void resize(int buckets) {
    final long[] oldWords = words;
    final long[] oldPairs = pairs;
    words = new long[buckets];
    pairs = new long[Math.multiplyExact(2 * ENTRIES, buckets)];
    size = 0;
    for (int bucket = 0; bucket < oldWords.length; bucket++) {
      for (long taken = taken(oldWords[bucket]); taken != 0; taken &= taken - 1) {
        int pair = pair(entry(bucket, taken));
        insert(oldPairs[pair], oldPairs[pair + 1]);
      }
    }
  }

  private static long mix(long engineHash) {
    return (engineHash ^ engineHash >>> Integer.SIZE) * 0x9E3779B97F4A7C15L;
  }

  /** What decides on the second bucket, as {@link #mix} on the first: the other half on top. */
  private static long other(long mixed) {
    return Long.rotateLeft(mixed, Integer.SIZE);
  }

  private static int bucket(long mixed, int buckets) {
    return (int) Math.unsignedMultiplyHigh(mixed, buckets);
  }

  /**
   * 2 to 255, of bits that decide on neither bucket. It is not 1, so that {@link #matches} never
   * takes a free entry for a taken one.
   */
  private static long tag(long mixed) {
    long tag = (mixed >>> Integer.SIZE) & 0xFF;
    return tag + (((tag - 2) >>> SIGN) << 1);
  }

  /** The highest bits of the free entries. */
  private static long free(long word) {
    return ~taken(word) & HIGH;
  }

  /** The highest bits of the entries that are not free. */
  private static long taken(long word) {
    return (((word & REST) + REST) | word) & HIGH;
  }

  /** The highest bits of the entries with a tag; behind a true one one may be another's. */
  private static long matches(long word, long tag) {
    long differing = word ^ tag * LOW;
    return (differing - LOW) & ~differing & HIGH;
  }

  /** All bits when there are more bits in the one than in the other; else none. */
  private static long hasMore(long one, long other) {
    return (long) (Long.bitCount(other) - Long.bitCount(one)) >> SIGN;
  }

  /** {@code chosen} when all bits of {@code condition} are set, {@code otherwise} when none is. */
  private static long choose(long condition, long chosen, long otherwise) {
    return otherwise ^ ((otherwise ^ chosen) & condition);
  }

  /** The first of some entries of a bucket: the bucket times eight, plus which one it is. */
  private static int entry(int bucket, long highestBits) {
    return (bucket << 3) + (Long.numberOfTrailingZeros(highestBits) >>> 3);
  }

  private static long tagByte(int entry) {
    return 0xFFL << (entry * Byte.SIZE);
  }

  private static int pair(int entry) {
    return 2 * (entry - (entry >>> 3));
  }

  private int next(int bucket) {
    return bucket + 1 == words.length ? 0 : bucket + 1;
  }
}
