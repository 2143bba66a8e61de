package dev.warmpath.router.replay;

import java.util.Arrays;

/**
 * Blocks by sequence hash, in the order of their last use. A block is known by an entry, a small
 * number that is its own until it is removed. Constant time a call, no objects. One thread at a
 * time.
 */
final class RecentBlocks {
  /*
   * Entries are places in five arrays: 28 bytes a block. The order is a linked list in two of them.
   * The table finds an entry by hash: open addressing, linear probing, at most half full, and on
   * removal the entries behind the hole are moved up, so there are no tombstones. Hashes are spread
   * by the golden ratio (Knuth, TAOCP 3, 6.4) since those of a trace may be small numbers. A place
   * of the table has half of the spread hash beside the entry: probing and moving up need not look
   * at the entries, which lie anywhere in memory.
   */

  /** No entry. */
  static final int NONE = -1;

  private static final int FIRST_ROOM = 64;
  private static final long UPPER_HALF = 0xFFFF_FFFF_0000_0000L;

  private long[] sequenceHashes;
  private long[] localHashes;
  private int[] parents;
  private int[] newer;
  private int[] older;

  /** Upper half of the spread hash, entry + 1; 0 where there is none. A power of two long. */
  private long[] table;

  /** Bits of a spread hash beyond those that are a place of the table. */
  private int homeShift;

  private int newest;
  private int oldest;
  private int size;

  /** Entries below this have been used; those that are free are chained through {@link #older}. */
  private int used;

  private int firstFree;

  RecentBlocks() {
    clear();
  }

  /** Removes all, and gives the memory back. */
  final void clear() {
    sequenceHashes = new long[FIRST_ROOM];
    localHashes = new long[FIRST_ROOM];
    parents = new int[FIRST_ROOM];
    newer = new int[FIRST_ROOM];
    older = new int[FIRST_ROOM];
    table = new long[2 * FIRST_ROOM];
    homeShift = homeShift(table.length);
    newest = NONE;
    oldest = NONE;
    size = 0;
    used = 0;
    firstFree = NONE;
  }

  int size() {
    return size;
  }

  /** The block that was used last; {@link #NONE} when there is none. */
  int newest() {
    return newest;
  }

  /** The block that was used the longest ago; {@link #NONE} when there is none. */
  int oldest() {
    return oldest;
  }

  /** The block that was used just after; {@link #NONE} behind the newest. */
  int newer(int entry) {
    return newer[entry];
  }

  /** The block that was used just before; {@link #NONE} behind the last one. */
  int older(int entry) {
    return older[entry];
  }

  long sequenceHash(int entry) {
    return sequenceHashes[entry];
  }

  long localHash(int entry) {
    return localHashes[entry];
  }

  /** The entry of the block before it, as it was given; {@link #NONE} for a first block. */
  int parent(int entry) {
    return parents[entry];
  }

  /** The entry of a block; {@link #NONE} when it is not here. */
  int find(long sequenceHash) {
    int mask = table.length - 1;
    long spread = spread(sequenceHash);
    for (int place = home(spread); table[place] != 0; place = (place + 1) & mask) {
      if (((table[place] ^ spread) & UPPER_HALF) == 0) {
        int entry = entryIn(place);
        if (sequenceHashes[entry] == sequenceHash) {
          return entry;
        }
      }
    }
    return NONE;
  }

  /**
   * Adds the newest blocks, which are not here: each counts as used just before the one in front of
   * it.
   *
   * @param from first of the blocks to add
   * @param to behind the last one
   * @param parent entry of the block before the first; {@link #NONE} for none
   */
  void addRun(long[] hashes, long[] locals, int from, int to, int parent) {
    visitPlaces(hashes, from, to);
    int before = parent;
    int behind = NONE;
    for (int i = from; i < to; i++) {
      behind = add(hashes[i], locals[i], before, behind);
      before = behind;
    }
  }

  /**
   * Visits the places of blocks to come, as {@link #lookUpOldest} does for those that leave, and
   * finds most of those that are here already.
   */
  private void visitPlaces(long[] hashes, int from, int to) {
    for (int i = from; i < to; i++) {
      long spread = spread(hashes[i]);
      if (((table[home(spread)] ^ spread) & UPPER_HALF) == 0 && find(hashes[i]) != NONE) {
        throw new IllegalArgumentException("block %x is here already".formatted(hashes[i]));
      }
    }
  }

  /**
   * Adds a block that is not here.
   *
   * @param parent entry of the block before it; {@link #NONE} for a first block
   * @param behind the block that counts as used just after it; {@link #NONE} to make it the newest
   * @return its entry
   */
  int add(long sequenceHash, long localHash, int parent, int behind) {
    int entry = newEntry();
    sequenceHashes[entry] = sequenceHash;
    localHashes[entry] = localHash;
    parents[entry] = parent;
    link(entry, entry, behind);
    size++;
    enter(entry);
    return entry;
  }

  /**
   * Makes neighbours the newest, in the order that they have.
   *
   * @param first the newest of them
   * @param last the oldest of them
   */
  void moveToFront(int first, int last) {
    if (first != newest) {
      unlink(first, last);
      link(first, last, NONE);
    }
  }

  /**
   * Removes the blocks that were used the longest ago, the oldest first.
   *
   * @param removed receives their hashes; as many are removed as it has room for
   */
  void removeOldest(long[] removed) {
    if (removed.length > size) {
      throw new IllegalArgumentException(
          "of %d blocks %d cannot be removed".formatted(size, removed.length));
    }
    lookUpOldest(removed);
    for (int i = 0; i < removed.length; i++) {
      int entry = oldest;
      leave(entry);
      unlink(entry, entry);
      older[entry] = firstFree;
      firstFree = entry;
    }
    size -= removed.length;
  }

  /**
   * Finds the hashes of the oldest blocks, and visits their places in the table. Visits do not wait
   * for one another, as removals do: the memory that they need is fetched for many at once.
   */
  private void lookUpOldest(long[] hashes) {
    int entry = oldest;
    for (int i = 0; i < hashes.length; i++) {
      hashes[i] = sequenceHashes[entry];
      entry = newer[entry];
      if (table[home(spread(hashes[i]))] == 0) {
        throw new IllegalStateException("block %x is not in the table".formatted(hashes[i]));
      }
    }
  }

  private int newEntry() {
    if (firstFree != NONE) {
      int entry = firstFree;
      firstFree = older[entry];
      return entry;
    }
    if (used == sequenceHashes.length) {
      grow();
    }
    return used++;
  }

  private void grow() {
    int room = Math.multiplyExact(2, used);
    sequenceHashes = Arrays.copyOf(sequenceHashes, room);
    localHashes = Arrays.copyOf(localHashes, room);
    parents = Arrays.copyOf(parents, room);
    newer = Arrays.copyOf(newer, room);
    older = Arrays.copyOf(older, room);
    table = new long[Math.multiplyExact(2, room)];
    homeShift = homeShift(table.length);
    for (int entry = 0; entry < used; entry++) {
      enter(entry);
    }
  }

  private static int homeShift(int places) {
    return Long.SIZE - Integer.numberOfTrailingZeros(places);
  }

  private void link(int first, int last, int behind) {
    int next = behind == NONE ? newest : older[behind];
    newer[first] = behind;
    older[last] = next;
    if (behind == NONE) {
      newest = first;
    } else {
      older[behind] = first;
    }
    if (next == NONE) {
      oldest = last;
    } else {
      newer[next] = last;
    }
  }

  private void unlink(int first, int last) {
    int before = newer[first];
    int next = older[last];
    if (before == NONE) {
      newest = next;
    } else {
      older[before] = next;
    }
    if (next == NONE) {
      oldest = before;
    } else {
      newer[next] = before;
    }
  }

  private static long spread(long sequenceHash) {
    return sequenceHash * Mix64.GOLDEN_GAMMA;
  }

  /** The place where the search for a spread hash begins; its upper half says it. */
  private int home(long spread) {
    return (int) (spread >>> homeShift);
  }

  private int entryIn(int place) {
    return (int) table[place] - 1;
  }

  private void enter(int entry) {
    int mask = table.length - 1;
    long spread = spread(sequenceHashes[entry]);
    int place = home(spread);
    while (table[place] != 0) {
      place = (place + 1) & mask;
    }
    table[place] = (spread & UPPER_HALF) | (entry + 1);
  }

  private void leave(int entry) {
    int mask = table.length - 1;
    int hole = home(spread(sequenceHashes[entry]));
    while (entryIn(hole) != entry) {
      hole = (hole + 1) & mask;
    }
    for (int place = (hole + 1) & mask; table[place] != 0; place = (place + 1) & mask) {
      int fromHome = (place - home(table[place])) & mask;
      if (fromHome >= ((place - hole) & mask)) {
        table[hole] = table[place];
        hole = place;
      }
    }
    table[hole] = 0;
  }
}
