package dev.warmpath.indexer.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Which slots hold how many leading blocks of one run, as an array: pairs of a key and a bitset of
 * 64 slots. The key says how many blocks ({@code cut}) and which 64 slots ({@code word}); pairs are
 * sorted, the most blocks first. A slot that is in no pair holds no leading block.
 *
 * <pre>
 *   cut 90, word 0: slot 7            slots 1, 2, 7 and 70 share the first 4 of 90 blocks:
 *   cut  4, word 1: slot 70           three pairs, 48 bytes. With 4096 slots on the first 4
 *   cut  4, word 0: slots 1, 2        blocks it is 65 pairs.
 * </pre>
 */
final class Coverage {
  static final long[] NOBODY = {};

  private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(long[].class);

  private Coverage() {}

  static int cut(long key) {
    return (int) (key >>> Integer.SIZE);
  }

  static int word(long key) {
    return (int) key;
  }

  private static long key(int cut, int word) {
    return (long) cut << Integer.SIZE | word;
  }

  /** A key that the writer may be changing. Any thread. */
  static long keyAt(long[] coverage, int i) {
    return (long) ELEMENT.getOpaque(coverage, i);
  }

  /** The most leading blocks that any slot holds. */
  static int longest(long[] coverage) {
    return coverage.length == 0 ? 0 : cut(coverage[0]);
  }

  /** Leading blocks that a slot holds. */
  static int of(long[] coverage, int slot) {
    int word = slot / Long.SIZE;
    for (int i = 0; i < coverage.length; i += 2) {
      if (word(coverage[i]) == word && (coverage[i + 1] & 1L << slot) != 0) {
        return cut(coverage[i]);
      }
    }
    return 0;
  }

  /**
   * Makes {@code slot} hold {@code after} leading blocks instead of {@code before}, by one atomic
   * write, if it shares neither number with other slots and the pairs stay sorted. Returns whether
   * that is so.
   */
  static boolean moveInPlace(long[] coverage, int slot, int before, int after) {
    if (before == 0 || after == 0) {
      return false;
    }
    int word = slot / Long.SIZE;
    int at = place(coverage, key(before, word));
    long key = key(after, word);
    if (coverage[at + 1] != 1L << slot
        || (at > 0 && coverage[at - 2] <= key)
        || (at + 2 < coverage.length && coverage[at + 2] >= key)) {
      return false;
    }
    ELEMENT.setRelease(coverage, at, key);
    return true;
  }

  /** The same with {@code slot} holding {@code after} leading blocks instead of {@code before}. */
  static long[] moved(long[] coverage, int slot, int before, int after) {
    int word = slot / Long.SIZE;
    long bit = 1L << slot;
    long[] without = before == 0 ? coverage : without(coverage, key(before, word), bit);
    return after == 0 ? without : with(without, key(after, word), bit);
  }

  private static long[] without(long[] coverage, long key, long bit) {
    int at = place(coverage, key);
    if (coverage[at + 1] == bit) {
      return resized(coverage, at, -2);
    }
    long[] changed = coverage.clone();
    changed[at + 1] &= ~bit;
    return changed;
  }

  private static long[] with(long[] coverage, long key, long bit) {
    int at = place(coverage, key);
    if (at < coverage.length && coverage[at] == key) {
      long[] changed = coverage.clone();
      changed[at + 1] |= bit;
      return changed;
    }
    long[] changed = resized(coverage, at, 2);
    changed[at] = key;
    changed[at + 1] = bit;
    return changed;
  }

  private static int place(long[] coverage, long key) {
    int at = 0;
    while (at < coverage.length && coverage[at] > key) {
      at += 2;
    }
    return at;
  }

  /** A copy with two elements more or less at {@code at}. */
  private static long[] resized(long[] coverage, int at, int change) {
    if (coverage.length + change == 0) {
      return NOBODY;
    }
    long[] changed = new long[coverage.length + change];
    int rest = Math.max(at, at - change);
    System.arraycopy(coverage, 0, changed, 0, at);
    System.arraycopy(coverage, rest, changed, rest + change, coverage.length - rest);
    return changed;
  }
}
